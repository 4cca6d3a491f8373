"""What services and the card follower share: places, locks and records of cards. Who may ask is in `services`."""
