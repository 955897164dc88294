import type {Hook} from '@oclif/core'
import {exitCode} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import {didYouMean, nearest} from '../../base/text/nearest.ts'
import {errorEnvelope} from '../support/errors.ts'
import {printError, printOut} from '../support/streams.ts'

/** Reports an unknown command, suggests the nearest one, and exits with 2. */
const hook: Hook.CommandNotFound = async function ({id, argv, config}) {
  const typed = id.replaceAll(':', ' ')
  const known = config.commands.filter(({hidden}) => !hidden).map(command => command.id.replaceAll(':', ' '))
  const command = known.find(name => typed.startsWith(`${name} `)) // a command that takes no arguments, and an argument
  const meant = nearest(typed, known) ?? nearest(typed.split(' ')[0], known)
  const advice = didYouMean(meant && `${config.bin} ${meant}`) ?? `${config.bin} help lists all commands`
  const message = command
    ? `${config.bin} ${command} takes no arguments: ${escapeLine(typed.slice(command.length + 1), 60)}`
    : `unknown command: ${escapeLine(typed, 60)}; ${advice}`
  const status = exitCode('usage')
  if (argv?.includes('--json')) {
    printOut(JSON.stringify(errorEnvelope('UnknownCommand', {status, kind: 'usage', message}), undefined, 2))
  } else {
    printError(message)
  }
  this.exit(status)
}

export default hook
