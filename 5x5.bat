@echo off
rem Runs the command 5x5 in an environment of its own, .venv beside this file, which the first call makes: what the
rem script 5x5 does on Linux and macOS, in fewer steps. It was written without a Windows to try it on.
rem
rem .venv\installed.* are what it was installed from; they are written last, so an interrupted set-up or a changed
rem dependency list is noticed at the next call, and mended. Python is started with -P: nothing is imported from the
rem current folder.
setlocal
set "here=%~dp0"
set "here=%here:~0,-1%"
set "python=%here%\.venv\Scripts\python.exe"

if not exist "%python%" goto install
fc /b "%here%\pyproject.toml" "%here%\.venv\installed.toml" >nul 2>nul || goto install
fc /b "%here%\requirements.lock" "%here%\.venv\installed.lock" >nul 2>nul || goto install
goto run

:install
echo 5x5: setting up .venv (once; a few minutes) 1>&2
set "maker="
for %%p in ("py -3" "python" "python3") do if not defined maker %%~p -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set "maker=%%~p"
if not defined maker goto missing
%maker% -P -m venv --clear "%here%\.venv" || goto failed
"%python%" -P -m pip install --quiet --disable-pip-version-check -c "%here%\requirements.lock" -e "%here%[all]" || goto failed
copy /y "%here%\pyproject.toml" "%here%\.venv\installed.toml" >nul || goto failed
copy /y "%here%\requirements.lock" "%here%\.venv\installed.lock" >nul || goto failed

:run
"%python%" -P -m fivebyfive %*
exit /b %errorlevel%

:missing
echo error: Python 3.11 or newer is needed, and none is here; install one from python.org 1>&2
exit /b 1

:failed
echo error: the packages could not be installed; call again to go on 1>&2
exit /b 1
