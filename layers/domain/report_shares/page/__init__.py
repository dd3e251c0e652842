"""The report page: from the contract's ``shared_report`` to HTML. Knows neither AWS nor HTTP."""
