"""Which provisions rest on consents to one policy version."""
