# One image for every role; which role a container plays is its command. Debian, not Alpine: the bundled server has no musl build.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The image is the environment: manage.py must not make another one.
ENV SIGNALBOX_BOOTSTRAP=off SIGNALBOX_DATA=/data SIGNALBOX_STATIC=/app/collected

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt
COPY . .

# Static files are the image's; everything else that is written goes to the volume, by a user without rights.
RUN useradd --system --create-home signalbox && mkdir /data && chown signalbox /data \
    && SIGNALBOX_DATA=/tmp/build python manage.py prepare --static-only && rm -rf /tmp/build
USER signalbox
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "up", "--host", "0.0.0.0"]
