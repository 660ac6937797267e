"""The lists of the field's own work that can leave: visits, occasions, days on station, figures, cards."""

from crm.accounts import permissions as p
from crm.exports.sheets import occasions, visits, work
from crm.exports.sheets.listing import Listing

VISITS = (
    Listing("visits", "走访", "次", "visits.index", visits.columns, visits.count, visits.rows),
    Listing(
        "occasions",
        "外出招商、接待和活动",
        "次",
        "visits.occasions",
        occasions.columns,
        occasions.count,
        occasions.rows,
    ),
    Listing(
        "trips",
        "外出招商情况上报表",
        "人",
        "visits.occasions",
        occasions.traveller_columns,
        occasions.count_travellers,
        occasions.travellers,
    ),
    Listing(
        "stations",
        "驻点",
        "天",
        "visits.stations",
        work.station_columns,
        work.count_stations,
        work.stations,
    ),
    Listing(
        "figures",
        "走访统计",
        "行",
        "visits.figures",
        work.figure_columns,
        work.count_figures,
        work.figures,
    ),
    Listing(
        "cards",
        "专员考核",
        "人",
        "visits.cards",
        work.card_columns,
        work.count_cards,
        work.cards,
        (p.BOARD_SEE,),
    ),
)
