using System.Collections.Concurrent;
using System.Net;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Samples;
using Lumen.Tests.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Lumen.Tests.Samples;

public sealed class FacadeSampleTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_console_sample_writes_four_pictures_with_their_metadata()
    {
        var (reference, output) = (tiny.Fresh("a.png"), tiny.Fresh("out"));
        TinyPipeline.Reference.Save(reference);
        Assert.Equal(0, await GeneratePictures.Main([reference, "a street at night", output, tiny.Model]));
        var records = Enumerable.Range(0, 4).Select(index => GenerationRecord.OfFile(Path.Combine(output, $"{index}.png"))!);
        Assert.Equal([0L, 1L, 2L, 3L], records.Select(record => record.Item));
        Assert.Equal(2, await GeneratePictures.Main([reference, "a street", output, tiny.Fresh("none")]));
        Assert.Equal(2, await GeneratePictures.Main([]));
    }

    [Fact]
    public async Task The_endpoint_answers_with_a_picture_and_a_client_that_goes_away_ends_its_work()
    {
        var log = new Said();
        await using var app = GenerateEndpoint.Build(["--urls", $"http://{IPAddress.Loopback}:0", "--Lumen:Model", tiny.Model]);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await app.StartAsync(None);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        using var made = await Post("pictures?prompt=a+street&steps=2", None);
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        var picture = Picture.Decode(await made.Content.ReadAsByteArrayAsync(None));
        Assert.Equal((32, 32), (picture.Width, picture.Height));
        using var refused = await Post("pictures?prompt=a+street&steps=0", None);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("NumInferenceSteps", await refused.Content.ReadAsStringAsync(None), StringComparison.Ordinal);

        using var leaving = new CancellationTokenSource();
        var endless = Post("pictures?prompt=endless&steps=1000", leaving.Token);
        await log.Heard("Generating", 2);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => endless);
        await log.Heard("The client went away: stopped");
        using var after = await Post("pictures?prompt=a+street&steps=2", None);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        await app.StopAsync(None);

        Task<HttpResponseMessage> Post(string path, CancellationToken stop) =>
            client.PostAsync(path, new ByteArrayContent(TinyPipeline.Reference.ToPng()), stop);
    }

    /// <summary>What a program says, to wait for.</summary>
    private sealed class Said : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _said = [];

        public async Task Heard(string text, int times = 1)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (_said.Count(said => said == text) < times)
                await Task.Delay(10, limit.Token);
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => _said.Enqueue(formatter(state, exception));

        public void Dispose() { }
    }
}
