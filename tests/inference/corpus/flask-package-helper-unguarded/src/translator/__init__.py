from .service import Translator

__all__ = ["Translator"]
