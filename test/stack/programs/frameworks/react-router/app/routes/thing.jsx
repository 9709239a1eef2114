export default function Thing() {
  return <p>thing</p>;
}
