/** Data for programs and pipes on stdout. */
export const data = (text: string): void => console.log(text);

/** Words for people on stderr. */
export const say = (text: string): void => console.error(text);

/** Tells of a long task: one line that counts on a terminal, else a line each tenth. */
export function progress(total: number, what: string): (done: number) => void {
  const { isTTY } = process.stderr;
  let tenth = 0;
  return (done) => {
    if (isTTY) process.stderr.write(`\r${done} of ${total} ${what}${done === total ? "\n" : ""}`);
    const reached = Math.floor((done * 10) / total);
    if (!isTTY && reached > tenth) say(`${reached * 10} %: ${done} of ${total} ${what}`);
    tenth = reached;
  };
}
