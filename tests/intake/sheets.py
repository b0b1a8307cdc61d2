"""Order exports as shop systems write them: their columns and dialects, with values of our own."""

from __future__ import annotations

from pathlib import Path

SHOPIFY = """Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem fulfillment status,Billing Name,Billing City,Billing Province,Billing Country,Billing Phone,Notes,Cancelled at,Refunded Amount,Vendor,Id,Tags,Source
#1001,anna@example.com,paid,2026-02-03 10:15:07 +0100,fulfilled,2026-02-04 09:00:00 +0100,yes,PLN,159.90,0.00,0.00,159.90,WIOSNA,0.00,2026-02-03 10:15:00 +0100,2,Acuvue Oasys,64.95,ACU-30,fulfilled,Anna Nowak,Kraków,MA,PL,+48600100200,,,0.00,Acuvue,5001,,web
#1001,anna@example.com,,,,,,,,,,,,,2026-02-03 10:15:00 +0100,1,Płyn,30.00,SOL-1,fulfilled,,,,,,,,,Biotrue,,,
#1002,borys@example.com,partially_refunded,,unfulfilled,,no,PLN,60.00,0.00,0.00,60.00,,0.00,2026-02-05 08:00:00 +0100,2,Płyn,30.00,SOL-1,pending,Borys Bondar,Lviv,,UA,,,,30.00,Biotrue,5002,,web
#1003,celina@example.com,refunded,,,,no,PLN,30.00,0.00,0.00,30.00,,0.00,2026-02-06 08:00:00 +0100,1,Płyn,30.00,SOL-1,pending,Celina,Łódź,,PL,,,2026-02-07 08:00:00 +0100,30.00,Biotrue,5003,,pos
"""  # noqa: E501 - a row is a line
ADVANCED = """Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),City (Billing),Country Code (Billing),Email (Billing),Phone (Billing),Order Total Amount,SKU,Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code
1001,Completed,2026-02-03 10:15,Anna,Nowak,Kraków,PL,anna@example.com,600100200,159.90,ACU-30,1,Acuvue Oasys,2,64.95,wiosna
1001,Completed,2026-02-03 10:15,Anna,Nowak,Kraków,PL,anna@example.com,600100200,159.90,SOL-1,2,Płyn,1,30,wiosna
1002,Processing,2026-02-05 08:00,Borys,Bondar,Lviv,UA,borys@example.com,,60.00,SOL-1,1,Płyn,2,30,
1003,Refunded,2026-02-06 08:00,Celina,,Łódź,PL,celina@example.com,,30.00,SOL-1,1,Płyn,1,30,
"""  # noqa: E501
WEBTOFFEE = """order_id,order_number,order_date,status,customer_id,customer_email,billing_first_name,billing_email,order_total,order_currency,line_item_1,line_item_2
1001,1001,2026-02-03 10:15:00,completed,7,anna@example.com,Anna,anna@example.com,159.90,PLN,name:Acuvue Oasys|product_id:30|sku:ACU-30|quantity:2|total:129.90|sub_total:129.90,name:Płyn|product_id:31|sku:SOL-1|quantity:1|total:30.00|sub_total:30.00
1002,1002,2026-02-05 08:00:00,processing,0,borys@example.com,Borys,borys@example.com,60.00,PLN,name:Płyn|product_id:31|sku:SOL-1|quantity:2|total:60.00,
"""  # noqa: E501
PRESTASHOP = """"id_order";"reference";"date_add";"date_upd";"state_name";"iso_currency";"total_paid_tax_incl";"id_customer";"email";"firstname";"lastname";"city";"iso_country";"product_id";"product_name";"product_quantity";"unit_price_tax_incl"
"1001";"XKBKNABJK";"2026-02-03 10:15:00";"2026-02-04 10:15:00";"Delivered";"PLN";"159.900000";"7";"anna@example.com";"Anna";"Nowak";"Kraków";"PL";"30";"Acuvue Oasys";"2";"64.950000"
"1001";"XKBKNABJK";"2026-02-03 10:15:00";"2026-02-04 10:15:00";"Delivered";"PLN";"159.900000";"7";"anna@example.com";"Anna";"Nowak";"Kraków";"PL";"31";"Płyn";"1";"30.000000"
"1002";"OHSATSERP";"2026-02-05 08:00:00";"2026-02-05 08:00:00";"Payment accepted";"PLN";"60.000000";"8";"borys@example.com";"Borys";"Bondar";"Lviv";"UA";"31";"Płyn";"2";"30.000000"
"""  # noqa: E501
# The same two orders in the words of four languages, with the dialect of their spreadsheets.
POLISH = (
    "Numer zamówienia;Data złożenia;Status zamówienia;E-mail klienta;Imię i nazwisko;Miasto;Kraj;Kod produktu;Nazwa produktu;"
    "Ilość;Cena brutto;Uwagi\n"
    "1001;3.02.2026 10:15;Zrealizowane;anna@example.com;Anna Nowak;Kraków;Polska;ACU-30;Acuvue Oasys;2;64,95 zł;\n"
    "1001;3.02.2026 10:15;Zrealizowane;anna@example.com;Anna Nowak;Kraków;Polska;TV-1;Telewizor „Żółw”;1;1 299,90 zł;\n"
    "1002;15.02.2026 08:00;W realizacji;borys@example.com;Borys Bondar;Lwów;Ukraina;SOL-1;Płyn;2;30,00 zł;pilne\n"
)
UKRAINIAN = (
    "№ замовлення;Дата замовлення;Статус;Пошта;ПІБ;Місто;Країна;Артикул;Назва товару;Кількість;Ціна\n"
    "1001;03.02.2026 10:15;Виконано;anna@example.com;Анна Новак;Краків;Польща;ACU-30;Acuvue Oasys;2;64,95\n"
    "1001;03.02.2026 10:15;Виконано;anna@example.com;Анна Новак;Краків;Польща;TV-1;Телевізор «Їжак»;1;1 299,90\n"
    "1002;15.02.2026 08:00;Обробляється;borys@example.com;Борис Бондар;Львів;Україна;SOL-1;Розчин;2;30,00\n"
)
RUSSIAN = (
    "Номер заказа;Дата заказа;Статус заказа;Электронная почта;ФИО;Город;Страна;Артикул;Наименование;Кол-во;Цена\n"
    "1001;03.02.2026 10:15;Выполнен;anna@example.com;Анна Новак;Краков;Польша;ACU-30;Acuvue Oasys;2;64,95\n"
    "1001;03.02.2026 10:15;Выполнен;anna@example.com;Анна Новак;Краков;Польша;TV-1;Телевизор «Ёж»;1;1 299,90\n"
    "1002;15.02.2026 08:00;В обработке;borys@example.com;Борис Бондарь;Львов;Украина;SOL-1;Раствор;2;30,00\n"
)
ENGLISH = (
    "Order,Date,Status,Customer,E-mail,City,Country,SKU,Item Name,Qty,Unit price\n"
    "1001,2/3/2026 10:15 AM,Completed,Anna Nowak,anna@example.com,Kraków,Poland,ACU-30,Acuvue Oasys,2,64.95\n"
    '1001,2/3/2026 10:15 AM,Completed,Anna Nowak,anna@example.com,Kraków,Poland,TV-1,"TV ""Turtle""",1,"1,299.90"\n'
    "1002,2/15/2026 8:00 AM,Processing,Borys Bondar,borys@example.com,Lviv,Ukraine,SOL-1,Solution,2,30.00\n"
)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Writes a sheet to orders.csv."""
    file = folder / "orders.csv"
    file.write_bytes(text.encode(encoding))
    return file
