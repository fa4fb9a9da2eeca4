"""A release officer's desk: the agreements of one nation, kept in a folder, moved by signed orders.

The folder holds who the nation is and its key (the same files as a node's folder), the documents,
and the log of signed orders. Nothing else is remembered: the state is computed from the orders each
time the desk is opened, and every signature is verified again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commonwatch.errors import UnusableInput
from commonwatch.identity import Nation, PublicKey, nation
from commonwatch.mode import EXERCISE
from commonwatch.node.agreements import new_order
from commonwatch.node.desk_drafts import (
    lay_aside,
    read_withdrawn,
    record_withdrawn,
    require_room,
    withdrawal_of,
    withdrawn_words,
    without_withdrawn,
)
from commonwatch.node.desk_files import (
    DOCUMENTS_FOLDER,
    EXCHANGE_KIND,
    ORDERS_FILE,
    DocumentText,
    Exchange,
    WithdrawnDraft,
    append_orders,
    document_name,
    read_documents,
    read_dropped,
    read_orders,
    read_rules,
    write_dropped,
    write_rules,
)
from commonwatch.node.desk_intake import with_documents, with_orders
from commonwatch.node.desk_officers import require_approved
from commonwatch.node.durable import write_new
from commonwatch.node.folder import (
    IDENTITY_FILE,
    KEY_FILE,
    read_identity,
    write_folder,
    write_identity,
)
from commonwatch.node.keys import NodeKeys, new_key, read_key
from commonwatch.node.ledger_store import LEDGER_FILE
from commonwatch.node.policies import shipped_rules
from commonwatch.release.agreement import State, Terms, withdrawn_by
from commonwatch.release.agreement_book import (
    Book,
    Standing,
    addressed_by,
    indexed,
    with_document,
    with_log,
    with_order,
)
from commonwatch.release.agreement_file import parse_terms
from commonwatch.release.order import Order, OrderKind, RefusedOrder, SignedOrder, signed
from commonwatch.release.order_log import (
    desk_standing,
    is_ahead,
    next_dated_s,
    require_moves,
    words_ahead,
    words_behind,
)
from commonwatch.release.rules_revision import change_words
from commonwatch.release.transition import require_not_expired


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in from a partner that was not held here before.

    `rules` says what is new of the rules that the partner decides by, `refused` why documents were
    not taken. `withdrawn` are drafts that the partner withdrew and that are still held here.
    `ahead` tells of orders that were taken, and hold back until their time.
    """

    sender: str
    trusted: bool
    documents: tuple[Terms, ...]
    orders: tuple[SignedOrder, ...]
    rules: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    withdrawn: tuple[WithdrawnDraft, ...] = ()
    ahead: tuple[str, ...] = ()


class AgreementDesk:
    """One nation's agreements in a folder. Time is an argument everywhere."""

    def __init__(self, folder: Path) -> None:
        """Open a desk; UnusableInput where there is none, or where something does not hold."""
        self.folder = folder
        if not (folder / IDENTITY_FILE).exists():
            raise UnusableInput(
                f"{folder}: no desk is here; `commonwatch agreement propose` or `import` make one "
                "where --as says whose it is, and --desk names another folder"
            )
        if (folder / LEDGER_FILE).exists():
            raise UnusableInput(
                f"{folder}: a node's folder: its orders are in its ledger; give orders at a desk, "
                "which is another folder, and the node takes them up"
            )
        identity = read_identity(folder)
        self.keys = NodeKeys(
            nation(identity.nation),
            identity.node_mode,
            read_key(folder / KEY_FILE),
            dict(identity.keys),
        )
        self.withdrawn = read_withdrawn(folder)
        self._texts = without_withdrawn(read_documents(folder), self.withdrawn)
        self.book = _opened_book(folder, self._texts, self.keys)

    @property
    def nation(self) -> Nation:
        """Whose desk it is."""
        return self.keys.nation

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Name and text of each document."""
        return tuple((item.name, item.text) for item in self._texts)

    def next_revision(self, agreement_id: str) -> int:
        """The number of the next revision of an agreement, 1 for a new one."""
        revisions = [item.revision for item in self.book.documents if item.id == agreement_id]
        return max(revisions, default=0) + 1

    def path_of(self, terms: Terms) -> Path:
        """The file of a document on this desk."""
        return self.folder / DOCUMENTS_FOLDER / document_name(terms.id, terms.revision)

    def standing(self) -> Standing:
        """Where every agreement stands, computed from the orders."""
        return desk_standing(self.book, self.keys.public)

    def propose(self, text: str, source: str, now_s: float) -> Terms:
        """Lay a document on the desk, as a draft that nobody has signed."""
        terms = parse_terms(text, source)
        if self.nation not in terms.parties:
            raise UnusableInput(
                f"{source}: {self.nation} is no party; the parties are {', '.join(terms.parties)}"
            )
        try:
            require_not_expired(terms, now_s)
        except RefusedOrder as error:
            raise UnusableInput(f"{source}: {error}") from error
        gone = withdrawn_words(terms, self.withdrawn)
        if gone is not None:
            raise UnusableInput(f"{source}: {gone}")
        if terms in self.book.documents:
            raise UnusableInput(f"{terms.id} revision {terms.revision} is on this desk already")
        document_name(terms.id, terms.revision)  # refuses what can be no file's name
        self._keep_documents(with_document(self.book, terms), (DocumentText(source, text),))
        return terms

    def withdraw_draft(self, agreement_id: str, revision: int, now_s: float) -> WithdrawnDraft:
        """Take a draft off the desk that nobody has signed, for good; it is recorded.

        UnusableInput where it is no draft, was signed, or a later revision follows it.
        """
        require_room(self.withdrawn)
        gone = withdrawal_of(agreement_id, revision, self.nation, self.book, self.standing(), now_s)
        record_withdrawn(self.folder, gone)
        self.withdrawn = (*self.withdrawn, gone)
        self._texts = without_withdrawn(read_documents(self.folder), self.withdrawn)
        self.book = _opened_book(self.folder, self._texts, self.keys)
        return gone

    def give(
        self, agreement_id: str, kind: OrderKind, now_s: float, revision: int | None = None
    ) -> SignedOrder:
        """Sign this nation's next order, log it, and obey it; UnusableInput where it cannot be.

        Where the desk's policy asks for two officers, both must have approved it before.
        """
        wanted = self.next_order(agreement_id, kind, now_s, revision)
        self._require_not_withdrawn(wanted)
        require_approved(self.folder, wanted, now_s)
        order = signed(wanted, self.keys.private)
        try:
            book = with_order(self.book, order, self.keys.public, now_s)
            told = desk_standing(book, self.keys.public)
            void = next((item.why for item in told.void if item.order == order), None)
            require_moves(indexed(told), order, void)
        except RefusedOrder as error:
            behind = words_behind(self.book.orders, order.order)
            raise UnusableInput(f"{error}{behind and '; '}{behind}") from error
        append_orders(self.folder, (order,))
        self.book = book
        return order

    def _require_not_withdrawn(self, wanted: Order) -> None:
        for item in self.standing().revisions(wanted.agreement):
            back = withdrawn_by(item)
            signs = wanted.kind is OrderKind.SIGN and item.terms.revision == wanted.revision
            if signs and back:
                raise UnusableInput(
                    f"{wanted.agreement} revision {wanted.revision}: {' and '.join(back)} withdrew "
                    "the signature on it; agree on another text, as a new revision"
                )

    def withdraw_signature(self, agreement_id: str, revision: int, now_s: float) -> SignedOrder:
        """Take back this nation's signature on a draft that not all have signed, by a signed order.

        It is for good. Where a party that had not heard of it signs too, the revision comes into
        force suspended: nothing goes until all restore it, or end it. UnusableInput where there is
        no such signature, or all have signed as far as is known here.
        """
        held = [
            item
            for item in self.standing().revisions(agreement_id)
            if item.terms.revision == revision
        ]
        if held and held[0].view_of(self.nation).state is not State.DRAFT:
            raise UnusableInput(
                f"{agreement_id} revision {revision} is no draft: suspend it, or give notice"
            )
        return self.give(agreement_id, OrderKind.WITHDRAW_SIGNATURE, now_s, revision)

    def has_signed(self, agreement_id: str, revision: int) -> bool:
        """Whether this nation has signed this revision."""
        return any(
            (item.order.agreement, item.order.revision) == (agreement_id, revision)
            and item.order.by == self.nation
            for item in self.book.orders
        )

    def next_order(
        self, agreement_id: str, kind: OrderKind, now_s: float, revision: int | None = None
    ) -> Order:
        """This nation's next order as it would be given: not signed, logged or obeyed."""
        told = self.standing()
        agreement = addressed_by(told.agreements, agreement_id, kind, self.nation)
        if kind is OrderKind.SIGN:
            agreement = told.revisions(agreement_id)[-1]
        if revision is not None:
            named = [
                item for item in told.revisions(agreement_id) if item.terms.revision == revision
            ]
            if not named:
                raise UnusableInput(f"{agreement_id}: there is no revision {revision} on this desk")
            agreement = named[0]
        # Of this agreement alone: what others ordered elsewhere is not its partner's to learn.
        others = (
            item
            for item in self.book.orders
            if item.order.agreement == agreement_id and item.order.by != self.nation
        )
        at_s = next_dated_s(others, agreement.view_of(self.nation).because, now_s)
        return new_order(agreement, self.keys, kind, at_s, self.keys.mode).order

    def exchange_for(self, partner: str) -> Exchange:
        """All documents that bind the partner and all orders on them, and nothing of others."""
        told = {(item.id, item.revision) for item in self.book.documents if partner in item.parties}
        if not told or partner == self.nation:
            raise UnusableInput(f"--to {partner}: no agreement of this desk has {partner} as party")
        texts = {_key_of(item): item for item in self._texts}
        return Exchange(
            kind=EXCHANGE_KIND,
            nation=self.nation,
            mode=self.keys.mode.word,
            public_key=self.keys.private.public.raw.hex(),
            documents=tuple(texts[key] for key in sorted(told)),
            orders=tuple(
                item
                for item in self.book.orders
                if (item.order.agreement, item.order.revision) in told
            ),
            rules=shipped_rules(),
            withdrawn=tuple(item for item in self.withdrawn if partner in item.parties),
        )

    def take(self, told: Exchange, trust: str | None, now_s: float) -> Imported:
        """Take what a partner exported: all but documents that are refused; `refused` says why.

        UnusableInput, and nothing is taken, where an order does not hold or nothing else is left.
        """
        if told.nation == self.nation:
            raise UnusableInput(f"this is {self.nation}'s own export; give a partner's")
        if told.mode != self.keys.mode.word:
            raise UnusableInput(
                f"export of {told.nation}: mode {told.mode}, this desk is {self.keys.mode.word}"
            )
        keys, newly = self._keys_with(told, trust)
        documents = with_documents(self.book, told, self.nation, self.withdrawn)
        book, orders = with_orders(documents, told, keys, self.keys.mode.word, now_s)
        if documents.refused and not documents.new and not orders:
            raise UnusableInput(f"export of {told.nation}: {'; '.join(documents.refused)}")
        if newly:
            self.keys = NodeKeys(self.nation, self.keys.mode, self.keys.private, keys)
            write_identity(self.folder, self.keys)
            dropped = read_dropped(self.folder)
            if dropped.pop(told.nation, None) is not None:
                write_dropped(self.folder, dropped)
        self._keep_documents(book, tuple(item for _terms, item in documents.new))
        append_orders(self.folder, orders)
        rules = self._told_rules(told)
        held = {item.document for item in self.book.documents}
        return Imported(
            told.nation,
            newly,
            tuple(terms for terms, _item in documents.new),
            orders,
            rules,
            documents.refused,
            tuple(item for item in told.withdrawn if item.document in held),
            tuple(words_ahead(item.order, now_s) for item in orders if is_ahead(item.order, now_s)),
        )

    def _told_rules(self, told: Exchange) -> tuple[str, ...]:
        """What is new of the partner's rules, which are remembered (article 3)."""
        known = read_rules(self.folder)
        before = known.get(told.nation)
        if told.rules is None or told.rules == before:
            return ()
        write_rules(self.folder, {**known, told.nation: told.rules})
        return change_words(told.nation, told.rules, before, shipped_rules())

    def drop_key(self, partner: str) -> PublicKey:
        """Trust a partner's key no more: nothing new under it is taken until it is trusted anew.

        What was taken before stays, and is verified with it still. UnusableInput where there is no
        such key. To drop a key suspends nothing by itself.
        """
        key = self.keys.public.get(nation(partner))
        if key is None or partner == self.nation:
            known = ", ".join(sorted(set(self.keys.public) - {self.nation})) or "none"
            raise UnusableInput(f"{partner}: the partners whose keys are trusted here are {known}")
        write_dropped(self.folder, {**read_dropped(self.folder), partner: key.key_id})
        return key

    def _keys_with(self, told: Exchange, trust: str | None) -> tuple[dict[str, PublicKey], bool]:
        sender, key = nation(told.nation), told.key
        known = self.keys.public.get(sender)
        dropped = sender in read_dropped(self.folder)
        if dropped and trust != sender:
            raise UnusableInput(
                f"export of {sender}: its key {key.key_id} was dropped here; compare it with "
                f"{sender} another way, by voice, then import with --trust {sender}"
            )
        if known == key:
            return dict(self.keys.public), dropped
        if known is not None:
            raise UnusableInput(
                f"export of {sender}: its key is {key.key_id}, and the key of {sender} known here "
                f"is {known.key_id}; ask {sender} which one holds"
            )
        if trust != sender:
            raise UnusableInput(
                f"export of {sender}: its key {key.key_id} is not known here; compare it with "
                f"{sender} another way, by voice, then import with --trust {sender}"
            )
        return {**self.keys.public, sender: key}, True

    def _keep_documents(self, book: Book, texts: tuple[DocumentText, ...]) -> None:
        folder = self.folder / DOCUMENTS_FOLDER
        folder.mkdir(exist_ok=True)
        lay_aside(self.folder, self.withdrawn)
        for item in texts:
            terms = parse_terms(item.text, item.name)
            write_new(self.path_of(terms), item.text)
        self._texts = without_withdrawn(read_documents(self.folder), self.withdrawn)
        self.book = book


def open_desk(folder: Path, code: str | None) -> AgreementDesk:
    """The desk in this folder; where there is none, a new one with a new key, of nation `code`."""
    if (folder / IDENTITY_FILE).exists():
        desk = AgreementDesk(folder)
        if code is not None and code != desk.nation:
            raise UnusableInput(f"--as {code}: the desk in {folder} is {desk.nation}'s")
        return desk
    if code is None:
        raise UnusableInput(
            f"{folder}: no desk is here yet; say whose it shall be, as in --as KOR, or name "
            "another folder with --desk"
        )
    own, key = nation(code), new_key()
    write_folder(folder, NodeKeys(own, EXERCISE, key, {own: key.public}))
    return AgreementDesk(folder)


@contextmanager
def opened_desk(folder: Path, code: str | None) -> Iterator[AgreementDesk]:
    """As `open_desk`; where what is done at a new desk is refused, there is no desk afterwards."""
    new, was_there = not (folder / IDENTITY_FILE).exists(), folder.exists()
    desk = open_desk(folder, code)
    try:
        yield desk
    except UnusableInput:
        if new:
            for name in (IDENTITY_FILE, KEY_FILE):
                (folder / name).unlink()
            if not was_there:
                folder.rmdir()
        raise


def _key_of(item: DocumentText) -> tuple[str, int]:
    terms = parse_terms(item.text, item.name)
    return (terms.id, terms.revision)


def _opened_book(folder: Path, texts: tuple[DocumentText, ...], keys: NodeKeys) -> Book:
    every = [parse_terms(item.text, str(folder / DOCUMENTS_FOLDER / item.name)) for item in texts]
    book = Book()
    for terms in sorted(every, key=lambda item: (item.id, item.revision)):
        book = with_document(book, terms)
    try:
        return with_log(book, read_orders(folder), keys.public)
    except RefusedOrder as error:
        raise UnusableInput(f"{folder / ORDERS_FILE}: {error}") from error
