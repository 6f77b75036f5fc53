"""The files of a shop: its events, and where it has one its list of products."""

from windlass.pipelines.tables import Column, Layout

_PRODUCT = Column(name="product_id", kind="text")
_ATTRIBUTES = (
    Column(name="category_id", kind="text", nullable=True, optional=True),
    Column(name="category_code", kind="text", nullable=True, optional=True),
    Column(name="brand", kind="text", nullable=True, optional=True),
    Column(name="price", kind="number", least=0, nullable=True, optional=True),
)

EVENTS = Layout(
    file="events.csv",
    columns=(
        Column(name="event_time", kind="time"),
        Column(name="event_type", kind="text", nullable=True, optional=True),
        _PRODUCT,
        *_ATTRIBUTES,
        Column(name="user_id", kind="text", nullable=True, optional=True),
        Column(name="user_session", kind="text"),
    ),
)
PRODUCTS = Layout(file="products.csv", columns=(_PRODUCT, *_ATTRIBUTES), unique=("product_id",))
