"""Who works at Example Health: accounts, roles and the group, and what each of them is there for."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("Admin", "Public", "Alpha", "Gamma", "sql_lab", "Clinician")
GROUP = ("platform-admins", "Platform administrators", "Admin", "cokafor")


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `deleted` accounts have no row left in `ab_user` and own no log row."""

    id: int
    username: str
    first_name: str
    last_name: str
    roles: tuple[str, ...]
    active: bool = True
    deleted: bool = False

    @property
    def email(self) -> str:
        """The address, unique in Superset."""
        return f"{self.username}@example.com"

    @property
    def log_id(self) -> int | None:
        """What `logs.user_id` holds in the end: Superset empties it in all rows of a deleted account."""
        return None if self.deleted else self.id

    @property
    def sees_everything(self) -> bool:
        """Whether a role gives all data."""
        return not {"Admin", "Alpha"}.isdisjoint(self.roles)

    @property
    def permitted_phi(self) -> bool:
        """Whether the declared scope permits patient data."""
        return "Clinician" in self.roles or self.username == DATA_STEWARD

    @property
    def arrives(self) -> float:
        """Usual hour of the first sign-in of a working day, in Berlin."""
        return 5.0 if self.username == SERVICE else 7.3 + 0.06 * self.id


DATA_STEWARD = "lhoffmann"
SERVICE = "svc_portal"
LEAVER = "kneumann"
DELETED = "gruiz"
UNAPPROVED_ADMIN = "tvogel"
PHI_OUTSIDER = "jberg"
NIGHT_OWL = "spetrov"
BURST_ACCOUNT = "hbauer"
RECENT_BURST_ACCOUNT = "ekrueger"
UNCONFIRMED_BROWSER = "fkeller"
REFUSED_EDITOR = "tmaier"
NEW_HIRE = "qmueller"

PEOPLE = (
    Person(1, "aschmidt", "Anna", "Schmidt", ("Admin",)),
    Person(2, "mlind", "Maja", "Lind", ("Admin",)),
    Person(3, "cokafor", "Chidi", "Okafor", ("Alpha",)),
    Person(4, UNAPPROVED_ADMIN, "Tobias", "Vogel", ("Admin", "Alpha")),
    Person(5, SERVICE, "Patient Portal", "Service", ("Admin",)),
    Person(6, PHI_OUTSIDER, "Jonas", "Berg", ("Alpha", "sql_lab")),
    Person(7, DATA_STEWARD, "Lea", "Hoffmann", ("Alpha", "sql_lab")),
    Person(8, "dkaya", "Deniz", "Kaya", ("Alpha", "sql_lab")),
    Person(9, NIGHT_OWL, "Sofia", "Petrov", ("Alpha",)),
    Person(10, "rmeyer", "Ralf", "Meyer", ("Gamma", "Clinician")),
    Person(11, "nfischer", "Nina", "Fischer", ("Gamma", "Clinician")),
    Person(12, "ibrandt", "Ida", "Brandt", ("Gamma", "Clinician")),
    Person(13, "pwagner", "Paul", "Wagner", ("Gamma", "Clinician", "sql_lab")),
    Person(14, DELETED, "Gabriel", "Ruiz", ("Gamma",), deleted=True),
    Person(15, LEAVER, "Karla", "Neumann", ("Alpha", "sql_lab")),
    Person(16, "oschulz", "Otto", "Schulz", ("Gamma",), active=False),
    Person(17, "vnovak", "Vera", "Novák", ("Gamma",), active=False),
    Person(18, BURST_ACCOUNT, "Hanna", "Bauer", ("Gamma",)),
    Person(19, RECENT_BURST_ACCOUNT, "Emil", "Krüger", ("Gamma", "sql_lab")),
    Person(20, UNCONFIRMED_BROWSER, "Fatima", "Keller", ("Gamma",)),
    Person(21, "wlang", "Wolf", "Lang", ("Alpha",)),
    Person(22, "bjansen", "Bente", "Jansen", ("Gamma",)),
    Person(23, "yaydin", "Yasemin", "Aydin", ("Gamma",)),
    Person(24, REFUSED_EDITOR, "Theo", "Maier", ("Alpha", "sql_lab")),
    Person(25, "zkowalski", "Zofia", "Kowalski", ("Gamma",)),
    Person(26, NEW_HIRE, "Quentin", "Müller", ("Gamma",)),
)
BY_NAME = {person.username: person for person in PEOPLE}
