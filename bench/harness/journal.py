"""The journal against a bare file and bare RocksDB: journal_bench, as a section of the report."""
import json

from . import svg
from .measure import Effort
from .processes import BenchError, run_once
from .statistics import ratios, spread
from .systems import Context, System


def measure(context: Context, effort: Effort, systems: list[System],
            skipped: list[str]) -> list[dict]:
    program = context.build / "bench" / "journal_bench"
    if not program.exists():
        raise BenchError(f"{program} is not built")
    is_smoke = effort.heat <= 0
    sizes = (1, 64) if is_smoke else (1, 8, 64, 512)
    seconds = 0.1 if is_smoke else effort.seconds / 2
    results = json.loads(run_once([
        str(program), str(context.scratch), "--rounds", str(effort.rounds),
        "--seconds", str(seconds), "--batch-sizes", ",".join(map(str, sizes))]))
    rows, ways = [], ("file", "rocksdb", "journal")
    for result in results:
        share = ratios(*(dict(enumerate(result[way])) for way in ("journal", "file")))
        cells = [f"{spread(result[way])['median']:,.0f}" for way in ways]
        rows.append([result["batch_size"], f"{result['bytes_per_reservation']:.0f}", *cells,
                     f"{share['median']:.0%} ({share['min']:.0%}-{share['max']:.0%})"])
    plot = svg.lines(
        "Durable reservations per second, by batch size", "one writer, one sync a batch; the same "
        "bytes for all three", "reservations in a batch", "per second",
        {way: [(r["batch_size"], spread(r[way])["median"]) for r in results] for way in ways},
        log_x=True, log_y=True)
    return [{
        "title": "The journal against the disk",
        "text": ["Reservations per second made durable by one writer: a bare file (append, then "
                 "fdatasync), bare RocksDB (one synced batch) and the journal, all with the same "
                 "bytes."],
        "columns": ["batch", "bytes each", "file", "RocksDB", "journal", "journal / file"],
        "rows": rows, "data": results,
        "plots": [{"file": "journal.svg", "title": "The journal against the disk", "svg": plot}],
    }]
