"""Columns that lead out of the database are all found, under odd names too, and ordinary ones are left alone."""

from __future__ import annotations

import hashlib
import random
import re
import string
import uuid
from collections.abc import Callable

import pytest
from faker import Faker

from seeders.multiply import _outward
from seeders.multiply._outward import kinds_within, outward_kind

ROWS = 40
_rng = random.Random(7)
_fake = Faker("en_US")
_fake.seed_instance(7)


def letters(length: int, signs: str = string.ascii_letters + string.digits) -> str:
    return "".join(_rng.choice(signs) for _ in range(length))


def card() -> str:
    return _fake.credit_card_number(card_type="visa16")


# A name that says little, what its values are, and one of them.
OUTWARD: list[tuple[str, str, Callable[[], str]]] = [
    ("who", "mail address", _fake.email),
    ("Reply To", "mail address", lambda: f"{_fake.name()} <{_fake.company_email()}>"),
    ("login", "mail address", lambda: _fake.email().upper() if _rng.random() < 0.3 else _fake.user_name()),
    ("cc", "mail address", lambda: f"{_fake.email()}, {_fake.email()}"),
    ("link2", "mail address", lambda: f"mailto:{_fake.email()}"),
    ("x7", "webhook", lambda: f"https://hooks.slack.com/services/T{letters(8)}/B{letters(8)}/{letters(24)}"),
    ("url", "webhook", lambda: f"https://{_fake.domain_name()}/api/webhooks/{_rng.randint(1, 99)}"),
    ("deliverTo", "webhook", lambda: f"https://{_fake.domain_name()}/x/{letters(6)}?k={letters(8)}"),
    ("chat", "webhook", lambda: f"https://discord.com/api/webhooks/{_rng.randint(10**17, 10**18)}/{letters(40)}"),
    ("v", "token", lambda: f"ghp_{letters(36)}"),
    ("settingValue", "token", lambda: f"whsec_{letters(32)}" if _rng.random() < 0.4 else _fake.word()),
    ("s3", "token", lambda: f"AKIA{letters(16, string.ascii_uppercase + string.digits)}"),
    ("blob1", "token", lambda: f"eyJhbGciOiJIUzI1NiJ9.{letters(60)}.{letters(43)}"),
    ("client_secret", "token", lambda: letters(40)),
    ("refreshToken", "token", lambda: letters(64, "0123456789abcdef")),
    ("external_ref", "payment id", lambda: f"cus_{letters(14)}1"),
    ("gateway", "payment id", lambda: f"pm_1{letters(23)}"),
    ("acc", "payment id", _fake.iban),
    ("pan", "payment id", card),
    ("contact_1", "phone number", lambda: f"+49 {_rng.randint(150, 179)} {_rng.randint(10**6, 10**8)}"),
    ("mobileNo", "phone number", lambda: f"0{_rng.randint(150, 179)} {_rng.randint(10**6, 10**8)}"),
    ("fax", "phone number", lambda: f"({_rng.randint(201, 989)}) 555-{_rng.randint(1000, 9999)}"),
]


def sample(make: Callable[[], str]) -> list[str]:
    return [make() for _ in range(ROWS)]


@pytest.mark.parametrize(("name", "kind", "make"), OUTWARD, ids=[name for name, _, _ in OUTWARD])
def test_every_column_that_leads_out_is_found(name: str, kind: str, make: Callable[[], str]) -> None:
    assert outward_kind(name, sample(make)) == kind


def ordinary() -> dict[str, list[str]]:
    """200 columns of an ordinary application, some with names that sound otherwise."""
    words = {
        "title name subtitle label headline": _fake.sentence,
        "body description note summary": _fake.paragraph,
        "first_name last_name nickname author": _fake.name,
        "company vendor brand": _fake.company,
        "city town place_of_birth": _fake.city,
        "street address line_2": _fake.street_address,
        "country country_code phone_country iban_country card_country": _fake.country_code,
        "zip postcode": _fake.postcode,
        "currency": _fake.currency_code,
        "lat latitude lng": lambda: str(_fake.latitude()),
        "uuid public_id request_id correlation_id device_id": lambda: str(uuid.UUID(int=_rng.getrandbits(128))),
        "etag checksum sha256 digest content_hash token_hash secret_digest": lambda: hashlib.sha256(
            letters(5).encode()
        ).hexdigest(),
        "password encrypted_password passwd": lambda: f"pbkdf2_sha256$600000${letters(12)}${letters(43)}=",
        "ip last_ip": _fake.ipv4,
        "ipv6": _fake.ipv6,
        "mac": _fake.mac_address,
        "user_agent": _fake.user_agent,
        "website homepage avatar_url image_url logo thumbnail source_url": _fake.url,
        "canonical download_url": lambda: f"{_fake.url()}{_fake.uri_path()}.html",
        "file path storage_key object_key": _fake.file_path,
        "filename attachment": _fake.file_name,
        "mime content_type": _fake.mime_type,
        "locale language": _fake.locale,
        "timezone": _fake.timezone,
        "created_on birthday due_date email_verified_at phone_verified_on": lambda: str(_fake.date_this_decade()),
        "updated token_expires_at": lambda: str(_fake.date_time_this_year()),
        "duration opening": _fake.time,
        "color background": _fake.hex_color,
        "sku part_no article": lambda: f"{letters(3).upper()}-{_rng.randint(1, 9999)}",
        "ean barcode gtin isbn": _fake.ean13,
        "order_no invoice_number reference receipt": lambda: str(_rng.randint(10**6, 10**9)),
        "account_code ledger": lambda: str(_rng.randint(1000, 9999)),
        "card_last4 last4": lambda: f"{_rng.randint(0, 9999):04}",
        "card_brand payment_method card_type": lambda: _rng.choice(["visa", "mastercard", "card", "sepa_debit"]),
        "status state phase": lambda: _rng.choice(["in_progress", "in_review_2024", "open", "po_received_1"]),
        "token_type auth_scheme": lambda: "bearer",
        "grant_type": lambda: "authorization_code",
        "webhook_event hook_name callback_kind": lambda: _rng.choice(["invoice.paid", "order.created", "user_deleted"]),
        "notification_text notify_channel": lambda: _rng.choice(["mail", "push", "in-app message"]),
        "phone_type mobile_os tel_status": lambda: _rng.choice(["home", "work", "iOS 17", "ok"]),
        "sms_count token_count retry_secret_version": lambda: str(_rng.randint(0, 50)),
        "plan plan_code price_id tier": lambda: _rng.choice(["basic", "pro", "price_monthly", "enterprise"]),
        "slug permalink anchor": _fake.slug,
        "handle twitter": lambda: f"@{_fake.user_name()}",
        "user_name": _fake.user_name,
        "git_remote": lambda: f"git@github.com:{_fake.user_name()}/{_fake.word()}.git",
        "package dependency": lambda: f"{_fake.word()}@{_rng.randint(0, 9)}.{_rng.randint(0, 9)}.1",
        "message_id in_reply_to_message_id": lambda: f"<{letters(12)}@mail.example.org>",
        "version app_version api_version": lambda: f"{_rng.randint(0, 9)}.{_rng.randint(0, 20)}.{_rng.randint(0, 9)}",
        "public_key ssh_public_key": lambda: f"ssh-ed25519 AAAA{letters(60)} {_fake.user_name()}@host",
        "license vat vat_id tax_no": lambda: f"DE{_rng.randint(10**8, 10**9 - 1)}",
        "plate": _fake.license_plate,
        "tracking tracking_number": lambda: f"1Z{letters(16, string.ascii_uppercase + string.digits)}",
        "job occupation": _fake.job,
        "region province": _fake.state,
        "cron": lambda: "0 3 * * 1",
        "query": _fake.bs,
        "amount price cents weight": lambda: f"{_rng.uniform(1, 999):.2f}",
        "quantity rank score": lambda: str(_rng.randint(1, 99)),
        "active mobile email_opt_in sms_enabled": lambda: _rng.choice("tf"),
        "initials": lambda: letters(2).upper(),
        "settings_key config_key translation_key": lambda: f"{_fake.word()}.{_fake.word()}.{_fake.word()}",
        "cell_ref": lambda: f"{letters(1).upper()}{_rng.randint(1, 99)}",
        "bank_name": _fake.company,
        "swift": _fake.swift,
        "coupon promo_code voucher": lambda: f"{_fake.word().upper()}{_rng.randint(10, 99)}",
        "emoji reaction": lambda: "+1",
        "delivery_note delivery_status delivery_window": lambda: _rng.choice(
            ["left with neighbour", "08:00-12:00", "ok"]
        ),
        "subscription_name subscriber_since": lambda: str(_fake.date_this_decade()),
        "season": lambda: "2023/24",
        "seat room shelf": lambda: f"{_rng.randint(1, 40)}{_rng.choice('ABC')}",
        "measured_at": lambda: str(_rng.randint(1_600_000_000, 1_700_000_000)),
        "range score_line": lambda: f"{_rng.randint(100, 999)}-{_rng.randint(1000, 9999)}",
        "endpoint_path": _fake.uri_path,
        "markdown html": lambda: f"<p>Write to {_fake.email()} or {_fake.url()} for {_fake.word()}</p>",
        "genre topic tag category department team_name project_name": _fake.word,
        "question answer excerpt meta_description seo_title alt_text caption": _fake.sentence,
        "middle_name maiden_name legal_name display_name full_name signature_name": _fake.name,
        "width height depth length volume distance": lambda: str(_rng.randint(1, 5000)),
        "starts_at ends_at archived_at deleted_at published_at last_seen_at": lambda: str(_fake.date_time_this_year()),
        "signing_order otp_required token_limit secret_santa hooks_enabled": lambda: _rng.choice(["0", "1", "2"]),
        "license_key_name api_key_name access_key_label": _fake.word,
        "credit_rating credit_limit bank_holiday payer_type": lambda: _rng.choice(["AAA", "5000", "easter", "insurer"]),
    }
    return {name: sample(make) for names, make in words.items() for name in names.split()}


def test_ordinary_columns_are_left_alone() -> None:
    columns = ordinary()
    taken = {name: kind for name, values in columns.items() if (kind := outward_kind(name, values)) is not None}
    assert len(columns) >= 200
    assert len(taken) <= 2, taken


def test_a_column_without_values_is_ordinary() -> None:
    assert outward_kind("email", []) is None


def test_within_a_document_the_form_alone_is_proof() -> None:
    leaves = [
        "on",
        _fake.email(),
        f"https://hooks.slack.com/services/T1/B2/{letters(24)}",
        "https://example.org/",
        "12",
    ]
    assert kinds_within(leaves) == ["mail address", "webhook"]
    assert kinds_within(["blue", "2024-01-01", _fake.url(), "+49 170 123456"]) == []


def test_a_pattern_says_the_same_in_postgres() -> None:
    """Nothing that one of the two reads otherwise: no lazy repeats, named groups, lookbehind or \\w beyond ASCII."""
    patterns = [value for name, value in vars(_outward).items() if name.isupper() and isinstance(value, str)]
    assert len(patterns) > 5
    assert not [one for one in patterns if re.search(r"(?<!\\)[*+?}]\?|\(\?[P<]|\\[wbAZ]", one)]
