// A filter form that sends itself when a choice is made: <form data-behaviour="submit-on-change">. Texts wait for Enter.
import { behaviour } from "signalbox/lib/behaviours";

behaviour("submit-on-change", (form) => {
  form.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
  form.addEventListener("submit", () => {
    // Empty filters stay out of the address.
    for (const field of form.elements) if (!field.value) field.disabled = true;
  });
});
