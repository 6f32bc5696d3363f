"""What is known of the code of libraries: which calls guard themselves, which are forward calls, and what calls give.

product_of_call("clip.load").elements[0].making is Making.MODULE
behaviour_of_call("transformers.pipeline()") is Behaviour.GUARDS
"""

from gatekeeper.inference.libraries.knowledge import Behaviour, Making, Product
from gatekeeper.inference.libraries.lookup import behaviour_of_call, is_known_library, product_of_call

__all__ = ["Behaviour", "Making", "Product", "behaviour_of_call", "is_known_library", "product_of_call"]
