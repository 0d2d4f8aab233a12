"""Clients of the people of the small city, by their post."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.factories.city import City
from tests.factories.people import client_as


@dataclass
class Staff:
    """Clients of the people of the city, by post."""

    session: Session
    city: City
    app: FastAPI

    def __getitem__(self, role: str) -> TestClient:
        return client_as(self.session, self.city.users[role], app=self.app)
