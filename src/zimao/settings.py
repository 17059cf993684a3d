"""Settings. Everything an operator may change is an environment variable that starts with ZIMAO_ (docs/guide/operators.md)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url

PACKAGE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("ZIMAO_HOME", "var")).resolve()


def _secret() -> str:
    """The secret key: given, or made once and kept beside the data (embedded installation)."""
    given = os.environ.get("ZIMAO_SECRET_KEY", "")
    if given:
        return given
    kept = HOME / "keys" / "secret_key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


def _flag(name: str, default: str = "0") -> bool:
    return os.environ.get(name, default).lower() in {"1", "true", "yes"}


SECRET_KEY = _secret()
DEBUG = _flag("ZIMAO_DEBUG")
DEMO = _flag("ZIMAO_DEMO")
ALLOWED_HOSTS = os.environ.get("ZIMAO_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("ZIMAO_ORIGINS", "").split(",") if origin]
PUBLIC_URL = os.environ.get("ZIMAO_PUBLIC_URL", "http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "rules",
    "zimao.kernel",
    "zimao.kernel.parties",
    "zimao.kernel.calendars",
    "zimao.kernel.tables",
    "zimao.kernel.forms",
    "zimao.kernel.decisions",
    "zimao.kernel.evidence",
    "zimao.kernel.events",
    "zimao.kernel.notices",
    "zimao.kernel.documents",
    "zimao.kernel.cases",
    "zimao.kernel.measures",
    "zimao.services.ship_registry",
    "zimao.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zimao.portal.middleware.ActorMiddleware",
    "zimao.portal.middleware.ErrorMiddleware",
]

ROOT_URLCONF = "zimao.urls"
WSGI_APPLICATION = "zimao.wsgi.application"
AUTH_USER_MODEL = "parties.User"
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["zimao.portal.templatetags.zimao"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "zimao.portal.context.portal",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(os.environ.get("ZIMAO_DATABASE_URL", f"sqlite:///{HOME / 'zimao.sqlite3'}"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: money and evidence survive a power cut, not only a killed process
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(HOME / "test.sqlite3")}  # a file, so that tests with threads meet real locks
else:
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": int(os.environ.get("ZIMAO_DB_POOL", "8"))}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {
        "BACKEND": os.environ.get("ZIMAO_FILES_BACKEND", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": {"location": str(HOME / "files")} if "ZIMAO_FILES_BACKEND" not in os.environ else {},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "zimao_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "zimao.portal.errors.csrf_failure"
if PUBLIC_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
EMAIL_BACKEND = os.environ.get("ZIMAO_EMAIL_BACKEND", f"django.core.mail.backends.{'filebased' if DEMO else 'console'}.EmailBackend")
EMAIL_FILE_PATH = HOME / "mail"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("ZIMAO_LOG", "WARNING")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Identity (docs/guide/kernel-parties.md) ---


def _secrets(name: str) -> tuple[str, ...]:
    return tuple(part for part in os.environ.get(name, "").split(",") if part)


def _limit(name: str, default: str) -> dict[str, int]:
    """``free tries, first wait, longest wait, forgotten after``: times in seconds."""
    free, first, longest, forget = (int(part) for part in os.environ.get(name, default).split(","))
    return {"free": free, "first_wait_s": first, "max_wait_s": longest, "forget_s": forget}


SECRET_KEY_FALLBACKS = list(_secrets("ZIMAO_SECRET_KEY_FALLBACKS"))
FIELD_KEYS = _secrets("ZIMAO_FIELD_KEYS")
"""Secrets of the encrypted fields, newest first; empty: they are derived from the secret key and its fallbacks."""
AUTHENTICATION_BACKENDS = ["zimao.kernel.parties.backends.LocalBackend"]
OFFICERS_NEED_TOTP = _flag("ZIMAO_OFFICERS_NEED_TOTP", "0" if DEMO else "1")
SESSION_COOKIE_AGE = int(os.environ.get("ZIMAO_SESSION_SECONDS", str(12 * 3600)))
TRUSTED_PROXIES = int(os.environ.get("ZIMAO_TRUSTED_PROXIES", "0"))
"""How many proxies in front add to X-Forwarded-For; 0: the peer's address is the client's."""
SIGN_IN_LIMITS = {
    "user": _limit("ZIMAO_LIMIT_USER", "5,60,3600,86400"),
    "address": _limit("ZIMAO_LIMIT_ADDRESS", "50,60,3600,600"),
    "register": _limit("ZIMAO_LIMIT_REGISTER", "20,600,3600,3600"),
}
API_TOKEN_MAX_DAYS = int(os.environ.get("ZIMAO_API_TOKEN_MAX_DAYS", "365"))
OIDC_ISSUER = os.environ.get("ZIMAO_OIDC_ISSUER", "").rstrip("/")
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("zimao.kernel.parties.oidc.OpenIdBackend")
OIDC_NAME_ZH = os.environ.get("ZIMAO_OIDC_NAME_ZH", "统一身份认证")
OIDC_NAME_EN = os.environ.get("ZIMAO_OIDC_NAME_EN", "Single sign-on")
OIDC_RP_CLIENT_ID = os.environ.get("ZIMAO_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("ZIMAO_OIDC_CLIENT_SECRET", "")
OIDC_RP_SCOPES = os.environ.get("ZIMAO_OIDC_SCOPES", "openid profile")
OIDC_RP_SIGN_ALGO = os.environ.get("ZIMAO_OIDC_SIGN_ALGO", "RS256")
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10
OIDC_AUTHENTICATION_CALLBACK_URL = "parties:oidc-callback"
OIDC_CLAIMS = {
    "name": os.environ.get("ZIMAO_OIDC_CLAIM_NAME", "name"),
    "kind": os.environ.get("ZIMAO_OIDC_CLAIM_KIND", ""),
    "scheme": os.environ.get("ZIMAO_OIDC_CLAIM_SCHEME", ""),
    "identifier": os.environ.get("ZIMAO_OIDC_CLAIM_IDENTIFIER", ""),
}
"""Which claim holds what; only name a claim of an identifier that the provider has verified."""
OIDC_SECOND_FACTOR_AMR = _secrets("ZIMAO_OIDC_SECOND_FACTOR_AMR") or ("mfa", "otp", "hwk")

# --- Events, notices, worker (docs/guide/kernel-events.md, docs/guide/kernel-notices.md) ---
EVENTS_ALLOW_NETWORKS = tuple(part for part in os.environ.get("ZIMAO_EVENTS_ALLOW_NETWORKS", "").split(",") if part)
"""Networks (CIDR) outside the public internet that webhooks may reach, e.g. a government intranet."""
EVENTS_TIMEOUT_SECONDS = float(os.environ.get("ZIMAO_EVENTS_TIMEOUT_SECONDS", "15"))
SMS_GATEWAY_URL = os.environ.get("ZIMAO_SMS_GATEWAY_URL", "").rstrip("/")
"""Empty: there is no SMS channel."""
SMS_GATEWAY_TOKEN = os.environ.get("ZIMAO_SMS_GATEWAY_TOKEN", "")
SMS_GATEWAY_SECRET = os.environ.get("ZIMAO_SMS_GATEWAY_SECRET", "")
"""Signs the gateway's delivery receipts (Standard Webhooks, whsec_...); empty: receipts are refused."""
DEFAULT_FROM_EMAIL = os.environ.get("ZIMAO_EMAIL_FROM", "zimao@localhost")
EMAIL_HOST = os.environ.get("ZIMAO_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("ZIMAO_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("ZIMAO_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ZIMAO_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("ZIMAO_EMAIL_TLS")
EMAIL_TIMEOUT = 20
