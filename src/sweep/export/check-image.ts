import {Fault} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'

/** @throws Fault 'usage' if no registry takes the name of a container image, like `registry.example:5000/team/svft:1` */
export function checkImage(image: string): void {
  if (NAME.test(image)) return
  const advice = /[A-Z]/.test(image) ? '; names are lower-case, tags need not be' : ''
  throw new Fault('usage', `--image: not the name of an image, like registry.example/svft:1: ${quote(image)}${advice}`)
}

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const REGISTRY = '(?:[\\w.-]+(?::\\d+)?/)?'
const NAME = new RegExp(`^${REGISTRY}${PART}(?:/${PART})*(?::\\w[\\w.-]{0,127})?(?:@\\w+:[\\da-f]{32,})?$`)
