/** A number as the data files of a report have it: fractions have six significant digits. */
export const sixDigits = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(6)))
