import {PassThrough} from 'node:stream'

/** A stream that may be a terminal, and what was written to it. */
export function openStream({isTTY, columns = 120}: {readonly isTTY: boolean; readonly columns?: number}) {
  const written: string[] = []
  const sink = Object.assign(new PassThrough({encoding: 'utf8'}), {isTTY, columns})
  sink.on('data', text => written.push(text))
  return {sink, written, text: () => written.join('')}
}
