/**
 * The harbour: ships on their way, berths, and a clock of its own. It lives in the memory of the worker process
 * and starts anew with the app; the Table storage samples show how to keep such things.
 */
import { roster } from './roster.js'

const berthCount = 4
const minutesPerTick = 5
const unloadedPerTick = 20
const fewestExpected = 5

const listeners = new Set()
let minuteOfDay
let nextId
let nextInRoster
let ships
let news

reset()

/** Back to the first morning, six o'clock. */
export function reset() {
  minuteOfDay = 6 * 60
  nextId = 1
  nextInRoster = 0
  ships = []
  news = []
  for (const unloaded of [60, 40, 20]) {
    const ship = sight()
    berth(ship)
    ship.unloaded = unloaded
  }
  sightUntilBusy()
  changed()
}

/** Everything the board shows. */
export function snapshot() {
  const order = [...ships].sort((left, right) => left.dueIn - right.dueIn || left.id - right.id)
  return { time: clock(), arrivals: order, berths: berths(), news }
}

/** @returns the ship, or undefined */
export function find(id) {
  return ships.find((ship) => ship.id === id)
}

/** Puts a ship on the board; `dueIn` is in minutes of the harbour's clock. */
export function announce({ name, from, cargo, dueIn = 30 }) {
  const ship = expect({ name, from, cargo, dueIn })
  tell(`${name} from ${from} is expected`)
  changed()
  return ship
}

/** Takes a ship off the board; false when it is not there. */
export function remove(id) {
  const ship = find(id)
  if (!ship) return false
  ships = ships.filter((each) => each !== ship)
  tell(`${ship.name} was taken off the board`)
  changed()
  return true
}

/** Five harbour minutes pass: ships come nearer, berth, unload and leave. */
export function tick() {
  minuteOfDay = (minuteOfDay + minutesPerTick) % (24 * 60)
  for (const ship of [...ships]) {
    if (ship.status === 'berthed') unload(ship)
    else approach(ship)
  }
  sightUntilBusy()
  changed()
}

/** Calls `listener` after every change, until the function that it returns is called. */
export function onChange(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function approach(ship) {
  ship.dueIn = Math.max(0, ship.dueIn - minutesPerTick)
  if (ship.dueIn > 0) return
  if (freeBerth() !== undefined) return berth(ship)
  if (ship.status !== 'at anchor') tell(`${ship.name} waits at anchor`)
  ship.status = 'at anchor'
}

function berth(ship) {
  ship.berth = freeBerth()
  ship.status = 'berthed'
  ship.dueIn = 0
  tell(`${ship.name} is alongside berth ${ship.berth}`)
}

function unload(ship) {
  ship.unloaded += unloadedPerTick
  if (ship.unloaded < 100) return
  ships = ships.filter((each) => each !== ship)
  tell(`${ship.name} has unloaded its ${ship.cargo.toLowerCase()} and left`)
}

function sightUntilBusy() {
  while (ships.filter(({ status }) => status === 'expected').length < fewestExpected) sight()
}

/** The next ship of the roster comes over the horizon. */
function sight() {
  const latest = Math.max(0, ...ships.map(({ dueIn }) => dueIn))
  return expect({ ...roster[nextInRoster++ % roster.length], dueIn: latest + minutesPerTick })
}

function expect(arrival) {
  const ship = { id: nextId++, ...arrival, status: 'expected', berth: null, unloaded: 0 }
  ships.push(ship)
  return ship
}

function berths() {
  return Array.from({ length: berthCount }, (_, index) => {
    const ship = ships.find(({ berth }) => berth === index + 1)
    return {
      berth: index + 1,
      ship: ship?.name ?? null,
      cargo: ship?.cargo ?? null,
      unloaded: ship?.unloaded ?? 0,
    }
  })
}

function freeBerth() {
  return berths().find(({ ship }) => ship === null)?.berth
}

function clock() {
  return [Math.floor(minuteOfDay / 60), minuteOfDay % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

function tell(text) {
  news = [{ time: clock(), text }, ...news].slice(0, 6)
}

function changed() {
  for (const listener of listeners) listener()
}
