/** Time passes: on the schedule of the setting TIDE_SCHEDULE, every five seconds by default. */
import { app } from '@azure/functions'
import { snapshot, tick } from '../harbour.js'

app.timer('tide', {
  schedule: '%TIDE_SCHEDULE%',
  handler: (_timer, context) => {
    tick()
    const { time, news } = snapshot()
    const latest = news.filter((each) => each.time === time).map(({ text }) => text)
    context.log(`${time}  ${latest.join('; ') || 'all quiet'}`)
  },
})
