import {compact} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {type RunCost, WATTS_PER_CORE} from './cost.ts'

/** Hours with two significant digits or more: `0.042`, `3.1`, `128`. */
export const hoursText = (hours: number): string =>
  hours === 0 ? '0' : hours >= 100 ? hours.toFixed(0) : hours >= 10 ? hours.toFixed(1) : hours.toPrecision(2)

/** Joules as kilowatt-hours or watt-hours. */
export function joulesText(joules: number): string {
  const wattHours = joules / 3600
  return wattHours >= 1000 ? `${hoursText(wattHours / 1000)} kWh` : `${hoursText(wattHours)} Wh`
}

/** How much energy runs used, and whether that is measured or an estimate. */
export function energyText({runs, energy: {measuredRuns, measured, overlapping, estimated}}: RunCost): string {
  const others = runs - measuredRuns
  return compact([
    measuredRuns > 0 && `${joulesText(measured)} measured by RAPL over ${pluralize(measuredRuns, 'run')}.`,
    overlapping > 0 &&
      `${overlapping} of them ran at the same time as another; on one machine each counts all that the machine used, so the sum is too high.`,
    others > 0 &&
      `An estimate, not a measurement: ${joulesText(estimated)} for ${pluralize(others, 'run')} without a measurement, at an assumed ${WATTS_PER_CORE} W for each thread.`,
  ]).join(' ')
}
