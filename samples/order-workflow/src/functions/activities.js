/** The steps of an order. Each may be run more than once, and does its work only once: the order's id is its key. */
import * as df from 'durable-functions'
import { charge, refund } from '../payments.js'
import { release, reserve } from '../warehouse.js'

df.app.activity('checkAndReserveInventory', { handler: (order) => reserve(order) })
df.app.activity('releaseInventory', { handler: (order) => release(order) })
df.app.activity('processPayment', { handler: (order) => charge(order) })
df.app.activity('refundPayment', { handler: (order) => refund(order) })

df.app.activity('scheduleShipping', {
  handler: ({ id, item }) => {
    if (item === 'piano') throw new Error('Refused: no carrier takes a piano')
    return `ALOFT-${id.slice(0, 8).toUpperCase()}`
  },
})

df.app.activity('emailCustomer', {
  handler: ({ order, text }, context) => context.log(`To ${order.email}: ${text}`),
})
