# All commands, with PyTorch's CPU build. Nobody has built it where it was written; each of its steps was tried.
#
#   docker build -t fivebyfive .
#   docker run --rm -p 8000:8000 fivebyfive                 the page, live, at the address that it prints
#   docker run --rm -v "$PWD:/work" --user "$(id -u)" fivebyfive explain 7.png --html lesson.html

FROM python:3.13-slim AS installed
WORKDIR /source
COPY . .
RUN python -m venv /opt/fivebyfive \
    && version=$(sed -n 's/^torch==\([^ ;]*\).*/\1/p' requirements.lock) \
    && /opt/fivebyfive/bin/pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "torch==$version" \
    && /opt/fivebyfive/bin/pip install --no-cache-dir -c requirements.lock ".[all]"

FROM python:3.13-slim
COPY --from=installed /opt/fivebyfive /opt/fivebyfive
# What is kept between calls lies where whoever is named by --user may write, too.
RUN useradd --uid 1000 --home-dir /var/fivebyfive reader \
    && install --directory --mode=1777 /var/fivebyfive /work
ENV PATH=/opt/fivebyfive/bin:$PATH \
    HOME=/var/fivebyfive \
    PYTHONDONTWRITEBYTECODE=1
USER 1000
WORKDIR /work
EXPOSE 8000
HEALTHCHECK --start-period=60s --timeout=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health')"]
ENTRYPOINT ["5x5"]
CMD ["serve", "--host", "0.0.0.0", "--name", "localhost"]
