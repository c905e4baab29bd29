"""By which words a contact is found; written with the name."""

from __future__ import annotations

from desk import names
from models import Contact, ContactWord


async def named(contact: Contact) -> None:
    """The contact is new: let them be found. Call inside the transaction that made them."""
    await ContactWord.bulk_create(
        [
            ContactWord(
                workspace_id=contact.workspace_id,
                account_id=contact.account_id,
                contact_id=contact.id,
                word=word,
            )
            for word in sorted(names.words_of(contact.name))
        ]
    )


async def renamed(contact: Contact) -> None:
    """The contact has another name: let them be found by that alone."""
    await ContactWord.filter(contact_id=contact.id).delete()
    await named(contact)
