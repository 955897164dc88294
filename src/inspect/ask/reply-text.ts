import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {ClassReply} from './classifier-questions.ts'
import type {TextReply} from './text-questions.ts'

/** Formats both replies for a terminal, under each other. */
export function replyText(reply: TextReply | ClassReply): string {
  if (reply.kind === 'text')
    return `base model:\n${outputText(reply, 'base')}\n\ntrained:\n${outputText(reply, 'trained')}`
  if (reply.kind === 'value') return `base model: ${reply.base.toFixed(4)}\ntrained:    ${reply.trained.toFixed(4)}`
  const rows = reply.classes.map(({name, base, trained}) => [escapeLine(name, 40), base.toFixed(4), trained.toFixed(4)])
  return alignColumns([['class', 'base model', 'trained'], ...rows], ['left', 'right', 'right']).join('\n')
}

function outputText(reply: TextReply, side: 'base' | 'trained'): string {
  const text = indent(reply[side])
  return reply.cut[side] ? `${text}\n  (stopped at ${pluralize(reply.maxNewTokens, 'token')})` : text
}

const indent = (text: string) => (text.trim() === '' ? '  (nothing)' : text.trim().replace(/^/gm, '  '))
