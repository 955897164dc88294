import {compact} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {ClassProbability, ClassReply} from './class-reply.ts'
import type {TextReply} from './text-questions.ts'

/** Formats both replies for a terminal, under each other. */
export function replyText(reply: TextReply | ClassReply): string {
  if (reply.kind === 'text')
    return `base model:\n${outputText(reply, 'base')}\n\ntrained:\n${outputText(reply, 'trained')}`
  const {truncatedTo} = reply
  const found =
    reply.kind === 'value'
      ? `base model: ${reply.base.toFixed(4)}\ntrained:    ${reply.trained.toFixed(4)}`
      : classesText(reply.classes)
  return truncatedTo === undefined ? found : `${found}\n(the text was truncated to ${pluralize(truncatedTo, 'token')})`
}

/** The classes with both probabilities, or the most probable of many after training. */
function classesText(classes: readonly ClassProbability[]): string {
  const isLong = classes.length > MOST_CLASSES
  const shown = isLong ? classes.toSorted((a, b) => b.trained - a.trained).slice(0, MOST_SHOWN) : classes
  const rows = shown.map(({name, base, trained}) => [escapeLine(name, 40), base.toFixed(4), trained.toFixed(4)])
  const lines = alignColumns([['class', 'base model', 'trained'], ...rows], ['left', 'right', 'right'])
  return compact([...lines, isLong && `${classes.length - MOST_SHOWN} other classes are less probable`]).join('\n')
}

const MOST_CLASSES = 20
const MOST_SHOWN = 5

function outputText(reply: TextReply, side: 'base' | 'trained'): string {
  const text = indent(reply[side])
  return reply.cut[side] ? `${text}\n  (stopped at ${pluralize(reply.maxNewTokens, 'token')})` : text
}

const indent = (text: string) => (text.trim() === '' ? '  (nothing)' : text.trim().replace(/^/gm, '  '))
