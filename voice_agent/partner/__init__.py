"""The simulated person: stance, and the engines that answer in their role."""
