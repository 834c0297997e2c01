/** The sequence of three steps on Restate: once with its steps inside (`ctx.run`), once as calls of a service. */
import * as restate from '@restatedev/restate-sdk'

const sayHello = (city) => `Hello ${city}!`

const activities = restate.service({
  name: 'activities',
  handlers: { sayHello: async (_context, city) => sayHello(city) },
})

const workflows = restate.service({
  name: 'workflows',
  handlers: {
    steps: async (context) => {
      const greetings = []
      for (const city of ['Tokyo', 'Seattle', 'London'])
        greetings.push(await context.run(`say hello to ${city}`, () => sayHello(city)))
      return greetings
    },
    calls: async (context) => {
      const greetings = []
      for (const city of ['Tokyo', 'Seattle', 'London'])
        greetings.push(await context.serviceClient(activities).sayHello(city))
      return greetings
    },
  },
})

const port = await restate.serve({ services: [activities, workflows], port: Number(process.argv[2]) })
console.log(`listening on ${port}`)
