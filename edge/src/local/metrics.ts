import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { EdgeStatus } from "./status.ts";

type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>];
type Meter = EdgeStatus["meters"][number];

interface Metric {
  name: string;
  help: string;
  labels?: readonly string[];
  read: (status: EdgeStatus) => readonly Sample[];
}

const perMeter = (read: (meter: Meter) => number) => (status: EdgeStatus) =>
  status.meters.map((meter): Sample => [read(meter), { meter: meter.name }]);

const METER = ["meter"] as const;

const COUNTERS: readonly Metric[] = [
  {
    name: "bytes_total",
    help: "Bytes from the meter.",
    labels: METER,
    read: perMeter((meter) => meter.bytes),
  },
  {
    name: "telegrams_total",
    help: "Telegrams decoded.",
    labels: METER,
    read: perMeter((meter) => meter.telegrams),
  },
  {
    name: "telegrams_missed_total",
    help: "Telegrams that the frame counter says were missed.",
    labels: METER,
    read: perMeter((meter) => meter.missed),
  },
  {
    name: "faults_total",
    help: "Faults of the line and of decoding, by code.",
    labels: ["meter", "code"],
    read: ({ meters }) =>
      meters.flatMap(({ name, faults }) =>
        Object.entries(faults).map(([code, count]): Sample => [count, { meter: name, code }]),
      ),
  },
  {
    name: "journal_dropped_total",
    help: "Readings given up because the journal was full.",
    read: ({ journal }) => [[journal.dropped]],
  },
  {
    name: "journal_damaged_total",
    help: "Readings damaged on disk.",
    read: ({ journal }) => [[journal.damaged]],
  },
  {
    name: "connections_total",
    help: "Connections made to the broker.",
    read: ({ broker }) => [[broker?.connections ?? 0]],
  },
  {
    name: "acknowledged_readings_total",
    help: "Readings that the platform acknowledged.",
    read: ({ broker }) => [[broker?.readings ?? 0]],
  },
  {
    name: "rejections_total",
    help: "Problems that the platform reported.",
    read: ({ broker }) => [[broker?.problems ?? 0]],
  },
];

const GAUGES: readonly Metric[] = [
  {
    name: "journal_pending",
    help: "Readings on disk that the platform has not acknowledged.",
    read: ({ journal }) => [[journal.pending]],
  },
  { name: "journal_bytes", help: "Bytes of the journal on disk.", read: ({ journal }) => [[journal.bytes]] },
  {
    name: "journal_failing",
    help: "1 while the disk takes no readings.",
    read: ({ journal }) => [[journal.failure === undefined ? 0 : 1]],
  },
  {
    name: "connected",
    help: "1 while connected to the broker.",
    read: ({ broker }) => [[broker?.connected ? 1 : 0]],
  },
  {
    name: "certificate_expires_seconds",
    help: "Unix time at which the device's certificate expires.",
    read: ({ broker }) =>
      broker?.certificateExpires === undefined ? [] : [[broker.certificateExpires / 1_000]],
  },
];

/** Prometheus metrics of one edge, in a registry of its own. Values are read when somebody asks. */
export function edgeMetrics(status: () => EdgeStatus): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, help, labels = [], read } of COUNTERS) {
    const counter: Counter = new Counter({
      name: `smp_edge_${name}`,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        counter.reset();
        for (const [value, of = {}] of read(status())) counter.inc({ ...of }, value);
      },
    });
  }
  for (const { name, help, labels = [], read } of GAUGES) {
    const gauge: Gauge = new Gauge({
      name: `smp_edge_${name}`,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        for (const [value, of = {}] of read(status())) gauge.set({ ...of }, value);
      },
    });
  }
  return registry;
}
