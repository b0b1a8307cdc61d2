"""What the columns and statuses of shop systems' sheets are called, in English, Polish, Ukrainian and Russian.

Written as `plain` makes them: lower case, only letters and digits, one space between words. Of several columns that mean
the same the one that stands first here is read. Sources: WooCommerce's export plugins (Advanced Order Export, WebToffee),
Shopify's order export, PrestaShop's tables.
"""

from __future__ import annotations

import re
import unicodedata

COLUMNS: dict[str, tuple[str, ...]] = {
    "order_id": (
        "order id", "id order", "order number", "order no", "order", "number", "id zamówienia", "numer zamówienia",
        "nr zamówienia", "zamówienie", "id замовлення", "номер замовлення", "замовлення", "id заказа", "номер заказа", "заказ",
    ),
    "placed_at": (
        "created at", "order date", "date created", "placed at", "date add", "date", "data złożenia", "data zamówienia",
        "data utworzenia", "data", "дата замовлення", "дата створення", "дата заказа", "дата создания", "дата",
    ),
    "updated_at": ("updated at", "date modified", "modified date", "date upd", "data modyfikacji", "дата зміни"),
    "status": (
        "order status", "status", "order state", "state name", "current state", "status zamówienia", "stan", "стан",
        "статус замовлення", "статус заказа", "статус",
    ),
    "currency": ("currency", "order currency", "currency code", "iso currency", "waluta", "валюта"),
    "total": (
        "order total amount", "order total", "total paid tax incl", "total paid", "total", "kwota", "razem", "suma",
        "wartość zamówienia", "do zapłaty", "сума замовлення", "сума", "разом", "сумма заказа", "сумма", "итого", "всего",
    ),
    "coupon": ("coupon code", "discount code", "coupons", "coupon", "kod rabatowy", "kupon", "промокод", "купон"),
    "channel": ("channel", "source", "created via", "kanał", "źródło", "канал", "джерело", "источник"),
    "shipped_at": ("shipped at", "fulfilled at", "date shipped", "data wysyłki", "дата відправки", "дата отправки"),
    "delivered_at": ("delivered at", "completed date", "date completed", "data dostarczenia", "data realizacji", "дата доставки"),
    "cancelled_at": ("cancelled at", "canceled at", "data anulowania", "дата скасування", "дата отмены"),
    "customer_id": (
        "customer id", "id customer", "customer user id", "customer number", "user id", "id klienta", "numer klienta",
        "nr klienta", "id клієнта", "код клієнта", "id клиента", "код клиента",
    ),
    "email": (
        "customer email", "email billing", "billing email", "email", "e mail", "mail", "adres e mail", "adres email",
        "e mail klienta", "email klienta", "електронна пошта", "email клієнта", "пошта", "электронная почта",
        "email клиента", "почта",
    ),
    "first_name": ("first name billing", "billing first name", "first name", "firstname", "imię", "імя", "имя"),
    "last_name": ("last name billing", "billing last name", "last name", "lastname", "nazwisko", "прізвище", "фамилия"),
    "full_name": (
        "billing name", "customer name", "full name", "customer", "imię i nazwisko", "klient", "kupujący", "піб", "клієнт",
        "покупець", "фио", "клиент", "покупатель",
    ),
    "gender": ("gender", "sex", "płeć", "стать", "пол"),
    "birthday": ("birthday", "date of birth", "data urodzenia", "дата народження", "дата рождения"),
    "phone": ("phone billing", "billing phone", "customer phone", "phone", "telefon", "nr telefonu", "телефон"),
    "city": ("city billing", "billing city", "shipping city", "city", "miasto", "miejscowość", "місто", "город"),
    "region": (
        "state code billing", "billing province", "billing state", "province", "region", "województwo", "область", "регион",
        "регіон",
    ),
    "country": (
        "country code billing", "billing country", "country code", "iso country", "country", "kraj", "країна", "страна",
    ),
    "language": ("language", "customer locale", "locale", "język", "мова", "язык"),
    "signed_up_at": ("signed up at", "registered at", "data rejestracji", "дата реєстрації", "дата регистрации"),
    "product": (
        "product id", "id product", "lineitem sku", "product reference", "sku", "item sku", "product", "kod produktu",
        "id produktu", "symbol", "indeks", "артикул", "код товару", "id товару", "код товара", "id товара",
    ),
    "name": (
        "lineitem name", "item name", "product name", "line item name", "nazwa produktu", "produkt", "towar", "nazwa towaru",
        "назва товару", "назва", "товар", "название товара", "наименование", "название",
    ),
    "category": ("product category", "category", "kategoria", "категорія", "категория"),
    "brand": ("vendor", "brand", "manufacturer", "marka", "producent", "бренд", "виробник", "производитель"),
    "quantity": (
        "lineitem quantity", "quantity refund", "item quantity", "product quantity", "quantity", "qty", "ilość", "liczba sztuk",
        "szt", "кількість", "количество", "кол во", "к сть",
    ),
    "price": (
        "lineitem price", "item cost", "unit price tax incl", "unit price", "item price", "product price", "price",
        "cena jednostkowa", "cena brutto", "cena", "ціна", "цена",
    ),
    "line_total": (
        "order line total", "line total", "item total", "total price tax incl", "wartość pozycji", "wartość", "вартість",
        "стоимость",
    ),
    "url": ("product url", "url", "link"),
    "image": ("product image", "image", "zdjęcie", "фото"),
}  # fmt: skip
REQUIRED = {"order_id": "the order's number", "placed_at": "when it was placed"}
ORDER_LINES = re.compile(
    r"line item \d{1,3}"
)  # WebToffee's: one column an item, as name:…|product_id:…|quantity:…
STATUSES: dict[str, tuple[str, ...]] = {
    "pending": (
        "pending", "pending payment", "on hold", "awaiting payment", "awaiting bank wire payment", "oczekujące",
        "oczekuje na płatność", "wstrzymane", "nowe", "new", "нове", "новий", "очікує оплати", "новый", "ожидает оплаты",
        "awaiting check payment", "authorized",
    ),
    "paid": (
        "paid", "processing", "payment accepted", "preparation in progress", "processing in progress", "opłacone",
        "zapłacone", "w trakcie realizacji", "w realizacji", "płatność zaakceptowana", "оплачено", "в обробці", "обробляється",
        "в обработке", "обрабатывается", "оплачен", "partially paid", "partially refunded", "remote payment accepted",
    ),
    "shipped": ("shipped", "fulfilled", "wysłane", "wysłano", "відправлено", "отправлено", "отправлен"),
    "delivered": (
        "delivered", "completed", "complete", "zrealizowane", "dostarczone", "zakończone", "виконано", "доставлено",
        "завершено", "выполнен", "выполнено", "доставлен", "завершен",
    ),
    "cancelled": (
        "cancelled", "canceled", "voided", "anulowane", "anulowano", "скасовано", "відмінено", "отменен", "отменено", "отменён",
        "trash",
    ),
    "failed": ("failed", "payment error", "nieudane", "błąd płatności", "помилка оплати", "не вдалося", "ошибка оплаты"),
    "refunded": ("refunded", "refund", "zwrócone", "zwrot", "повернено", "повернення", "возврат", "возвращен", "возвращён"),
}  # fmt: skip
OURS = {word: ours for ours, words in STATUSES.items() for word in words}
BY_WORD = {word: (rank, ours) for ours, words in COLUMNS.items() for rank, word in enumerate(words)}


def plain(words: str) -> str:
    """Writes the name of a column as this file does: `Email (Billing)` is `email billing`."""
    text = unicodedata.normalize("NFC", words).replace("ʼ", "").replace("'", "").replace("’", "").lower()
    text = text.replace("№", " номер ").replace("#", " number ")
    return " ".join(re.findall(r"[^\W_]+", text))


def status_of(words: str) -> str | None:
    """Returns our status for a shop's word, or `refunded`, or None for a word that nobody knows."""
    word = plain(words).removeprefix("wc ")
    return OURS.get(word)
