/** A style sheet as text: the build takes it into the script. */
declare module "*.css" {
  const text: string;
  export default text;
}
