"""/recipes: presets that users saved; save, list, show, delete."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import ConflictError
from app.runs import recipes
from app.schemas import RecipeBody
from app.store.recipes import delete_recipe
from app.urls import API
from app.views.recipes import RecipeList, RecipeView, recipe_list, recipe_named, recipe_view
from app.web.answers import answer
from app.web.deps import ReadSession, WriteSession
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/recipes", tags=["recipes"])


@router.get("", response_model=RecipeList)
def list_recipes(session: ReadSession) -> Response:
    """The saved presets, oldest first; those of the program are in /meta."""
    return answer(recipe_list(session))


@router.post("", response_model=RecipeView, status_code=HTTPStatus.CREATED)
@may_raise(ConflictError)
def save(body: RecipeBody, session: WriteSession) -> Response:
    """Keep a configuration as a preset; 409 where there is one of that name already."""
    return answer(recipe_view(recipes.save(session, body)), HTTPStatus.CREATED)


@router.get("/{name}", response_model=RecipeView)
def show(name: str, session: ReadSession) -> Response:
    """One saved preset."""
    return answer(recipe_named(session, name))


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT)
def delete(name: str, session: WriteSession) -> None:
    """Forget it; runs that were made from it stay as they are."""
    delete_recipe(session, name)
