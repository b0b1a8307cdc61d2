"""What the demo shop sells: some eighty products of an optician and a perfumery, priced in PLN."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

WEBSITE = "https://optyk-zielinska.example"
LENSES, SOLUTIONS, GLASSES = "optics/contact-lenses", "optics/solutions", "optics/glasses"
SUNGLASSES, FRAMES, ACCESSORIES = f"{GLASSES}/sunglasses", f"{GLASSES}/frames", "optics/accessories"
FACE, EYES, BODY, MAKEUP = "cosmetics/face", "cosmetics/eyes", "cosmetics/body", "cosmetics/make-up"


@dataclass(frozen=True, slots=True)
class Item:
    """One product: price in PLN for a piece, and how many days a piece lasts, where it runs out at all."""

    id: str
    name: str
    category: str
    brand: str
    price: str
    lasts_days: int | None = None

    @property
    def url(self) -> str:
        """Returns its page in the shop."""
        plain = unicodedata.normalize("NFKD", self.name.replace("ł", "l").replace("Ł", "L"))
        words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
        return f"{WEBSITE}/{'-'.join(words)}"

    def as_product(self) -> dict[str, Any]:
        """Returns it in the shape of `POST /api/v1/products`."""
        shape = {
            "id": self.id, "name": self.name, "category": self.category, "brand": self.brand, "price": self.price,
            "currency": "PLN", "stock": 40, "url": self.url,
        }  # fmt: skip
        return shape | ({"lasts_days": self.lasts_days} if self.lasts_days else {})

    def as_line(self, quantity: int) -> dict[str, Any]:
        """Returns so many pieces of it as a line of an order."""
        return {
            "product": self.id, "name": self.name, "category": self.category, "brand": self.brand,
            "quantity": quantity, "price": self.price, "url": self.url,
        }  # fmt: skip


# id | name | brand | price | days that one piece lasts
_SHELVES = {
    LENSES: """
        ACU-OAS-6 | Acuvue Oasys, 6 szt. | Acuvue | 99.00 | 42
        ACU-OAS-12 | Acuvue Oasys, 12 szt. | Acuvue | 184.00 | 84
        ACU-1D-30 | 1-Day Acuvue Moist, 30 szt. | Acuvue | 94.90 | 15
        ACU-1D-90 | 1-Day Acuvue Moist, 90 szt. | Acuvue | 239.00 | 45
        ACU-VITA-6 | Acuvue Vita, 6 szt. | Acuvue | 149.00 | 90
        BIO-6 | Biofinity, 6 szt. | CooperVision | 119.00 | 90
        BIO-3 | Biofinity, 3 szt. | CooperVision | 67.00 | 45
        BIO-TOR-6 | Biofinity Toric, 6 szt. | CooperVision | 179.00 | 90
        CLA-30 | Clariti 1 day, 30 szt. | CooperVision | 89.00 | 15
        MYD-90 | MyDay, 90 szt. | CooperVision | 279.00 | 45
        AIR-HG-6 | Air Optix HydraGlyde, 6 szt. | Alcon | 129.00 | 90
        AIR-HG-3 | Air Optix HydraGlyde, 3 szt. | Alcon | 72.00 | 45
        DAT1-30 | Dailies Total 1, 30 szt. | Alcon | 139.00 | 15
        DAT1-90 | Dailies Total 1, 90 szt. | Alcon | 369.00 | 45
        DAAC-90 | Dailies AquaComfort Plus, 90 szt. | Alcon | 219.00 | 45
        ULT-6 | Ultra, 6 szt. | Bausch + Lomb | 159.00 | 90
        BIOT-30 | Biotrue ONEday, 30 szt. | Bausch + Lomb | 84.00 | 15
        SOF-COL-2 | Freshlook ColorBlends, 2 szt. | Alcon | 69.00 | 30
        PV2-6 | PureVision 2, 6 szt. | Bausch + Lomb | 134.00 | 90
    """,
    SOLUTIONS: """
        RENU-355 | ReNu MultiPlus 355 ml | Bausch + Lomb | 39.90 | 60
        BIOT-300 | Biotrue 300 ml | Bausch + Lomb | 44.90 | 60
        OPTF-300 | Opti-Free PureMoist 300 ml | Alcon | 49.90 | 60
        OPTF-2X300 | Opti-Free PureMoist 2 × 300 ml | Alcon | 86.00 | 120
        AOS-360 | AOSept Plus HydraGlyde 360 ml | Alcon | 54.90 | 75
        HYL-10 | Hylo-Comod krople 10 ml | Ursapharm | 42.50 | 45
        STAR-10 | Starazolin HydroBalance 10 ml | Polpharma | 24.90 | 30
        SYST-10 | Systane Ultra 10 ml | Alcon | 36.90 | 45
    """,
    FRAMES: """
        RB-5154 | Oprawki Ray-Ban Clubmaster RX5154 | Ray-Ban | 599.00 |
        RB-7047 | Oprawki Ray-Ban RX7047 | Ray-Ban | 489.00 |
        VO-5225 | Oprawki Vogue VO5225 | Vogue | 349.00 |
        VO-4025 | Oprawki Vogue VO4025 | Vogue | 379.00 |
        MUS-01 | Oprawki Muscat Ola | Muscat | 299.00 |
        MUS-02 | Oprawki Muscat Jerzy | Muscat | 299.00 |
        MUS-03 | Oprawki Muscat Hela | Muscat | 319.00 |
        BEL-11 | Oprawki Belutti BAP 114 | Belutti | 219.00 |
        SOL-21 | Oprawki Solano S 20514 | Solano | 259.00 |
        KID-07 | Oprawki dziecięce Nano Vista Glitch | Nano Vista | 399.00 |
        BLUE-1 | Okulary do komputera Blue Stop | Belutti | 149.00 |
    """,
    SUNGLASSES: """
        RB-3025 | Okulary Ray-Ban Aviator RB3025 | Ray-Ban | 649.00 |
        RB-2140 | Okulary Ray-Ban Wayfarer RB2140 | Ray-Ban | 639.00 |
        POL-01 | Okulary Polaroid PLD 2109 | Polaroid | 229.00 |
        POL-02 | Okulary Polaroid PLD 4099 | Polaroid | 249.00 |
        SOL-S1 | Okulary Solano SS 20793 | Solano | 199.00 |
        MUS-S1 | Okulary Muscat Zosia | Muscat | 339.00 |
    """,
    ACCESSORIES: """
        ETUI-01 | Etui twarde czarne | Zielińska | 29.00 |
        ETUI-02 | Etui miękkie granatowe | Zielińska | 24.00 |
        SPR-60 | Płyn do czyszczenia okularów 60 ml | Zielińska | 19.90 |
        MICRO-2 | Ściereczki z mikrofibry, 2 szt. | Zielińska | 14.90 |
        SZNUR-1 | Sznurek do okularów | Zielińska | 22.00 |
        POJ-02 | Pojemnik na soczewki, 2 szt. | Zielińska | 9.90 |
        PES-01 | Pęseta do soczewek | Zielińska | 12.90 |
    """,
    FACE: """
        ZIA-KR-50 | Krem nawilżający Ziaja 50 ml | Ziaja | 18.90 | 45
        ZIA-LIF-50 | Krem liftingujący Ziaja 50 ml | Ziaja | 27.90 | 45
        TOL-SER-30 | Serum z witaminą C Tołpa 30 ml | Tołpa | 64.90 | 60
        TOL-MIC-400 | Płyn micelarny Tołpa 400 ml | Tołpa | 34.90 | 60
        IRE-KR-50 | Krem na noc Dr Irena Eris 50 ml | Dr Irena Eris | 129.00 | 60
        IRE-SER-30 | Serum rozświetlające Dr Irena Eris 30 ml | Dr Irena Eris | 169.00 | 75
        NACO-50 | Krem odżywczy Nacomi 50 ml | Nacomi | 39.90 | 45
        RES-PEP-30 | Serum peptydowe Resibo 30 ml | Resibo | 119.00 | 75
        RES-OLE-150 | Olejek do demakijażu Resibo 150 ml | Resibo | 79.00 | 75
        LRP-EFF-40 | Effaclar Duo 40 ml | La Roche-Posay | 74.90 | 60
        LRP-SPF-50 | Anthelios SPF 50+ 50 ml | La Roche-Posay | 84.90 | 60
        BIEL-TON-200 | Tonik różany Bielenda 200 ml | Bielenda | 21.90 | 60
        MIY-MAS-50 | Maseczka glinkowa Miya 50 ml | Miya | 39.90 | 60
    """,
    EYES: """
        ZIA-OCZ-15 | Krem pod oczy Ziaja 15 ml | Ziaja | 16.90 | 45
        TOL-OCZ-15 | Krem pod oczy Tołpa 15 ml | Tołpa | 44.90 | 60
        IRE-OCZ-15 | Krem pod oczy Dr Irena Eris 15 ml | Dr Irena Eris | 109.00 | 60
        OCU-ZEL-15 | Żel do higieny powiek 15 ml | Ocuvers | 32.90 | 30
        OCU-CHU-20 | Chusteczki do powiek, 20 szt. | Ocuvers | 26.90 | 20
    """,
    BODY: """
        ZIA-BAL-400 | Balsam do ciała Ziaja 400 ml | Ziaja | 17.90 | 45
        NACO-PEE-100 | Peeling kawowy Nacomi 100 ml | Nacomi | 32.90 | 45
        YOPE-REK-100 | Krem do rąk Yope 100 ml | Yope | 24.90 | 45
        YOPE-MYD-500 | Mydło w płynie Yope 500 ml | Yope | 22.90 | 45
        TOL-ANT-150 | Antyperspirant Tołpa 150 ml | Tołpa | 19.90 | 45
    """,
    MAKEUP: """
        INGL-TUS-10 | Tusz do rzęs dla noszących soczewki Inglot | Inglot | 59.00 | 90
        INGL-CIE-4 | Paleta cieni Inglot | Inglot | 89.00 |
        INGL-POM-05 | Pomadka matowa Inglot | Inglot | 52.00 |
        BELL-POD-30 | Podkład hipoalergiczny Bell 30 ml | Bell | 34.90 | 60
        BELL-KRE-01 | Kredka hipoalergiczna Bell | Bell | 19.90 | 90
        BELL-TUS-09 | Tusz hipoalergiczny Bell | Bell | 29.90 | 90
    """,
}


def _read() -> dict[str, tuple[Item, ...]]:
    shelves = {}
    for category, text in _SHELVES.items():
        rows = [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]
        shelves[category] = tuple(
            Item(key, name, category, brand, price, int(days) if days else None)
            for key, name, brand, price, days in rows
        )
    return shelves


SHELVES = _read()
ITEMS = tuple(item for shelf in SHELVES.values() for item in shelf)
