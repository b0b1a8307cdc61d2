"""The names of the demo's customers, in the language and script of each, and where they live."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


def words(text: str) -> list[str]:
    """Returns the words of a text, which reads better than a list of a hundred quoted ones."""
    return text.split()


POLISH_WOMEN = words("""
    Anna Maria Katarzyna Małgorzata Agnieszka Barbara Ewa Magdalena Elżbieta Krystyna Joanna Aleksandra
    Zofia Monika Natalia Julia Dorota Karolina Hanna Weronika Grażyna Iwona Bożena Łucja Świętosława
    Żaneta Celina Halina
""")
POLISH_MEN = words("""
    Piotr Krzysztof Andrzej Tomasz Jan Paweł Michał Marcin Jakub Adam Łukasz Grzegorz Wojciech Mateusz
    Stanisław Rafał Zbigniew Dariusz Kamil Maciej Bartosz Szymon Filip Sławomir Borys Mikołaj Wacław Józef
""")
POLISH_FAMILIES = words("""
    Nowak Kowalsk* Wiśniewsk* Wójcik Kowalczyk Kamińsk* Lewandowsk* Zielińsk* Szymańsk* Woźniak Dąbrowsk*
    Kozłowsk* Jankowsk* Mazur Kwiatkowsk* Krawczyk Piotrowsk* Grabowsk* Nowakowsk* Pawłowsk* Michalsk*
    Król Wieczorek Jabłońsk* Wróbel Majewsk* Olszewsk* Stępień Jaworsk* Malinowsk* Dudek Adamczyk Pawlak
    Górsk* Sikora Walczak Rutkowsk* Baran Szewczyk Ostrowsk* Tomaszewsk* Zalewsk* Pietrzak Wróblewsk*
    Gołębiewsk* Źródłowsk* Błaszczyk
""")
UKRAINIAN_WOMEN = words("""
    Оксана Олена Ірина Наталія Тетяна Людмила Юлія Світлана Ганна Марія Катерина Вікторія Соломія Дарина
    Леся Зоряна Богдана Надія Єва Яна
""")
UKRAINIAN_MEN = words("""
    Олександр Андрій Сергій Володимир Микола Іван Тарас Богдан Юрій Василь Дмитро Максим Остап Ярослав
    Роман Євген Павло Назар Ілля Ігор
""")
UKRAINIAN_FAMILIES = words("""
    Шевченко Коваленко Бондаренко Ткаченко Кравченко Олійник Шевчук Коваль Поліщук Бондар Мельник Савченко
    Руденко Мороз Лисенко Петренко Клименко Павленко Гончаренко Кравчук Литвиненко Зелінськ* Хмельницьк*
    Гнатюк Левченко Яворськ* Вишневськ* Сидоренко Щербак Ґудзь
""")
RUSSIAN_WOMEN = words("Елена Ольга Светлана Ирина Екатерина Алёна Юлия Марина Валентина Лариса Алла Полина")
RUSSIAN_MEN = words("Алексей Дмитрий Виктор Артём Денис Антон Вадим Геннадий Олег Фёдор Константин Игорь")
RUSSIAN_FAMILIES = words("""
    Иванов@ Смирнов@ Кузнецов@ Попов@ Соколов@ Лебедев@ Козлов@ Новиков@ Морозов@ Волков@ Зайцев@ Киселёв@
    Щукин@ Ефимов@ Королёв@ Гусев@
""")
ENGLISH_WOMEN = words(
    "Emily Charlotte Sophie Zoë Hannah Klára Tereza Jana Ursula Greta Rasa Eglė Chloé Siobhán"
)
ENGLISH_MEN = words(
    "James Oliver Thomas Jürgen Lukas Jonas Tomáš Jiří Ondřej Mantas Patrick Björn François Seán"
)
ENGLISH_FAMILIES = words("""
    Smith Walker Brown O'Brien Müller Schäfer Weiß Novák Dvořák Svoboda Černý Kazlauskas Petrauskas
    Johansson Lefèvre Taylor-Jones Hughes Fischer Becker
""")

CITIES = {
    "PL": words(
        "Kraków Warszawa Łódź Wrocław Poznań Gdańsk Szczecin Lublin Białystok Katowice Rzeszów Toruń Nowy_Sącz"
    ),
    "UA": words("Київ Львів Одеса Харків Дніпро Івано-Франківськ Тернопіль Чернівці Луцьк Вінниця"),
    "CZ": words("Praha Brno Ostrava Olomouc Plzeň"),
    "DE": words("Berlin Dresden München Köln Görlitz"),
    "GB": words("London Manchester Edinburgh Bristol"),
    "LT": words("Vilnius Kaunas Klaipėda"),
    "SE": words("Stockholm Malmö Göteborg"),
}
ELSEWHERE = ("CZ", "DE", "GB", "LT", "SE")


@dataclass(frozen=True, slots=True)
class Tongue:
    """How people of one language are called; `*` and `@` in a family's name are its endings of men and women."""

    language: str
    women: list[str]
    men: list[str]
    families: list[str]
    endings: dict[str, tuple[str, str]]
    mail: str

    def person(self, chance: Random, female: bool) -> tuple[str, str]:
        """Draws a first and a last name that agree."""
        first = chance.choice(self.women if female else self.men)
        last = chance.choice(self.families)
        for mark, (man, woman) in self.endings.items():
            last = last.replace(mark, woman if female else man)
        return first, last


POLISH = Tongue("pl", POLISH_WOMEN, POLISH_MEN, POLISH_FAMILIES, {"*": ("i", "a")}, "poczta.example")
UKRAINIAN = Tongue(
    "uk", UKRAINIAN_WOMEN, UKRAINIAN_MEN, UKRAINIAN_FAMILIES, {"*": ("ий", "а")}, "skrynka.example"
)
RUSSIAN = Tongue("ru", RUSSIAN_WOMEN, RUSSIAN_MEN, RUSSIAN_FAMILIES, {"@": ("", "а")}, "pochta.example")
ENGLISH = Tongue("en", ENGLISH_WOMEN, ENGLISH_MEN, ENGLISH_FAMILIES, {}, "mail.example")


def place(chance: Random) -> tuple[Tongue, str, str]:
    """Draws a language, a country and a city: seven in ten are Poles, two live in Ukraine, one elsewhere."""
    drawn = chance.random()
    if drawn < 0.70:
        tongue, country = POLISH, "PL"
    elif drawn < 0.86:
        tongue, country = UKRAINIAN, "UA"
    elif drawn < 0.90:
        tongue, country = RUSSIAN, "UA"
    elif drawn < 0.93:
        tongue, country = UKRAINIAN, "PL"
    else:
        tongue, country = ENGLISH, chance.choice(ELSEWHERE)
    return tongue, country, chance.choice(CITIES[country]).replace("_", " ")


_CYRILLIC = dict(
    zip("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэёъ",
        words("a b v h g d e ye zh z y i yi i k l m n o p r s t u f kh ts ch sh shch _ yu ya y e yo _"), strict=True)
)  # fmt: skip
_LATIN = dict(zip("ąćęłńóśźżäöüßáčďéěíňřšťúůýžèçëėâ", "acelnoszzaousacdeeinrstuuyzeceea", strict=True))


def ascii_name(name: str) -> str:
    """Writes a name as people write it in an address: ascii letters alone."""
    plain = "".join(_CYRILLIC.get(letter, _LATIN.get(letter, letter)) for letter in name.lower())
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
