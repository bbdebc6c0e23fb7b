/** Says in the log that it ran. */
export async function handler(): Promise<void> {
  process.stdout.write('the clock struck\n');
}
