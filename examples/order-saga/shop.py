"""The shop's services as local functions: payload on standard input, result on standard output.

A business failure is told by an object with errorType and errorMessage and a non-zero exit code;
the name is what Retry and Catch in the definition match.
"""

import json
import sys

STOCK = {"teapot": 12, "cup": 40}
REACHABLE = {"PT", "ES", "FR", "DE"}


class Failure(Exception):
    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def reserve_stock(order):
    for item in order["items"]:
        if STOCK.get(item["sku"], 0) < item["quantity"]:
            raise Failure("OutOfStock", f"not enough of {item['sku']}")
    return {"reservationId": f"stock-{order['orderId']}"}


def release_stock(reservation):
    return {"released": reservation["reservationId"]}


def charge_card(charge):
    if charge["card"].endswith("0000"):
        raise Failure("CardDeclined", "the bank said no")
    if charge["card"].endswith("9999") and charge["attempt"] < 2:
        raise Failure("CardNetworkBusy", "try again in a moment")
    return {"chargeId": f"charge-{charge['orderId']}", "attempts": charge["attempt"] + 1}


def refund_card(refund):
    return {"refunded": refund["chargeId"]}


def book_shipment(shipment):
    if shipment["country"] not in REACHABLE:
        raise Failure("NoCarrier", f"nobody delivers to {shipment['country']}")
    return {"trackingId": f"parcel-{shipment['orderId']}"}


FUNCTIONS = {
    "reserve-stock": reserve_stock,
    "release-stock": release_stock,
    "charge-card": charge_card,
    "refund-card": refund_card,
    "book-shipment": book_shipment,
}

if __name__ == "__main__":
    try:
        json.dump(FUNCTIONS[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
    except Failure as failure:
        json.dump({"errorType": failure.error_type, "errorMessage": str(failure)}, sys.stdout)
        sys.exit(1)
