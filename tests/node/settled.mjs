import { inspect } from "node:util";

/** What a job that has to fail rejects with. One that never ends fails the test instead of holding it up. */
export async function settled(job) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("the job never ended")), 1000);
  });
  const rejection = job.then(
    (value) => Promise.reject(new Error(`the job ended well: ${inspect(value)}`)),
    (error) => error,
  );
  return Promise.race([rejection, late]).finally(() => clearTimeout(timer));
}
