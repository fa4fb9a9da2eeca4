"""Every named limit of Commonwatch, in one place; relations between them are asserted here."""

from __future__ import annotations
