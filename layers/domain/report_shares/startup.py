"""Each function imports this before all else and calls ``imported`` behind its imports.

What imports make stays for good, so no garbage is looked for meanwhile, nor later among what they made: that takes a
twelfth of a cold start, and a pause of some milliseconds from warm requests now and then.
"""

import gc

gc.disable()


def imported() -> None:
    """All modules are there: from now on garbage is looked for, among what comes."""
    gc.freeze()
    gc.enable()
