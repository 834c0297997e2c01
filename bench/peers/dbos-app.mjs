/** The sequence of three steps on DBOS, started over HTTP: `POST /steps` answers with the workflow's result. */
import { createServer } from 'node:http'
import { DBOS } from '@dbos-inc/dbos-sdk'

const sayHello = async (city) => `Hello ${city}!`

const sequence = DBOS.registerWorkflow(
  async () => {
    const greetings = []
    for (const city of ['Tokyo', 'Seattle', 'London'])
      greetings.push(await DBOS.runStep(() => sayHello(city), { name: 'sayHello' }))
    return greetings
  },
  { name: 'sequence' },
)

const [port, databaseUrl] = process.argv.slice(2)
DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, logLevel: 'error', runAdminServer: false })
await DBOS.launch()
createServer((request, response) => {
  request.resume()
  sequence().then(
    (greetings) => response.end(JSON.stringify(greetings)),
    (error) => response.writeHead(500).end(String(error)),
  )
}).listen(Number(port), '127.0.0.1')
