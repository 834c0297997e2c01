"""A greenhouse's thermometers: a custom handler with nothing but Python's standard library.

The host sends every invocation as a POST of JSON to the path that is the function's name:
    {"Data": {"<input>": ...}, "Metadata": {...}}
and reads the answer, JSON as well:
    {"Outputs": {"<output>": ...}, "Logs": ["..."], "ReturnValue": ...}
"""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

readings = {}  # temperatures in degrees Celsius, by sensor; they live as long as this process


def add_reading(data):
    request = data["req"]
    sensor = request["Params"]["sensor"]
    try:
        celsius = float(json.loads(request.get("Body", ""))["celsius"])
    except (ValueError, KeyError, TypeError):
        return {"Outputs": {"res": {"statusCode": 400, "body": 'Send JSON such as {"celsius": 21.5}.'}}}
    readings.setdefault(sensor, []).append(celsius)
    response = {"statusCode": 201, "headers": {"Location": f"/api/readings/{sensor}"}, "body": str(celsius)}
    return {"Outputs": {"res": response}, "Logs": [f"{sensor}: {celsius} degrees"]}


def get_readings(data):
    sensor = data["req"]["Params"].get("sensor")
    if sensor is None:
        return {"ReturnValue": json_response(200, readings)}
    if sensor not in readings:
        return {"ReturnValue": json_response(404, {"error": f"There is no sensor '{sensor}'."})}
    return {"ReturnValue": json_response(200, readings[sensor])}


def report(data):
    late = " (late)" if data["timer"]["IsPastDue"] else ""
    return {"Logs": [f"{sensor}: {sum(all) / len(all):.1f} on average{late}" for sensor, all in readings.items()]}


def json_response(status, value):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": value}


FUNCTIONS = {"/addReading": add_reading, "/getReadings": get_readings, "/report": report}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open between invocations

    def do_POST(self):
        invocation = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        function = FUNCTIONS.get(self.path)
        if function is None:
            self.answer(404, {})
            return
        try:
            self.answer(200, function(invocation["Data"]))
        except Exception as error:  # the host makes a failed invocation of every status but 2xx
            self.answer(500, {"error": repr(error)})

    def do_GET(self):
        self.answer(200, {})  # the host asks for / until somebody answers

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # the host logs invocations; what goes to stderr counts as errors


if __name__ == "__main__":
    port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
