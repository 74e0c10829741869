"""From orders, wherever they are kept, to one history a customer."""
