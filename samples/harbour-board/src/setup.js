import { app } from '@azure/functions'

// Requests and responses are streamed: the live feed sends events for as long as somebody listens.
app.setup({ enableHttpStream: true })
