using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Native;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Many clients, clients that go away, and a server that is killed. All on the loopback address, bounded in number.</summary>
public sealed class LoadTests(TinyModel model, ITestOutputHelper output) : IClassFixture<TinyModel>
{
    private const int Clients = 8;
    private const int RequestsOfEach = 50;
    private const int Departures = 200;
    private const int Kills = 10;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_clients_with_fifty_requests_each_are_all_served_or_told_to_wait_and_memory_stays()
    {
        LargeBlocks.Keep(); // as the command does
        await using var studio = await RunningStudio.Start(
            model,
            options =>
                options with
                {
                    Lanes = 2,
                    Limits = new() { WaitingJobs = 12 },
                }
        );
        await studio.Server.ModelOpened;
        var (answers, refusals) = (0, 0);
        var memory = new SortedDictionary<int, long>();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(Client));
        output.WriteLine($"{Clients * RequestsOfEach / watch.Elapsed.TotalSeconds:0.0} pictures/s, {refusals} refusals");
        memory[answers] = Settled();
        watch.Restart();
        await studio.End(
            await studio.Generate(
                new
                {
                    prompt = "a street",
                    num_inference_steps = 2,
                    num_images_per_prompt = 64,
                }
            )
        );
        output.WriteLine($"{64 / watch.Elapsed.TotalSeconds:0.0} pictures/s in one job of 64");
        output.WriteLine(string.Join(", ", memory.Select(at => $"{at.Value / 1e6:0} MB after {at.Key}")));
        Assert.Equal(Clients * RequestsOfEach, answers);
        Assert.True(memory[400] < memory[200] * 1.05, $"{memory[200] / 1e6:0} MB became {memory[400] / 1e6:0} MB.");
        Assert.Empty(studio.Log);

        async Task Client(int number)
        {
            for (var i = 0; i < RequestsOfEach; i++)
            {
                string? id = null;
                while (id is null)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/api/generations")
                    {
                        Content = JsonContent.Create(
                            new
                            {
                                prompt = "a street",
                                num_inference_steps = 2,
                                seed = number * 100 + i,
                            }
                        ),
                    };
                    request.Headers.Add("X-Lumen-Client", $"client-{number}");
                    using var response = await studio.Http.SendAsync(request, Stop);
                    if (response.StatusCode == HttpStatusCode.TooManyRequests)
                    {
                        Interlocked.Increment(ref refusals);
                        await Task.Delay(20, Stop);
                        continue;
                    }
                    id = (string)(await RunningStudio.Json(response))["id"]!;
                }
                Assert.Equal("done", (string)(await studio.End(id))["state"]!);
                if (Interlocked.Increment(ref answers) is var count and (50 or 200))
                    lock (memory)
                        memory[count] = Settled();
            }
        }
    }

    [Fact]
    public async Task The_memory_of_the_command_does_not_grow_with_the_pictures()
    {
        using var folder = new TempFolder();
        using var server = new KilledServer(StudioBrowser.Model, folder.File("gallery"));
        using var http = await server.Connect();
        var (count, memory) = (0, new SortedDictionary<int, long>());
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(Client));
        output.WriteLine(string.Join(", ", memory.Select(at => $"{at.Value / 1e6:0} MB after {at.Key}")));
        // Meanwhile the runtime compiles what is called often once more: some 10 MB.
        Assert.True(memory[400] < memory[50] * 1.1, $"{memory[50] / 1e6:0} MB became {memory[400] / 1e6:0} MB.");
        Assert.True(memory[400] < memory[200] * 1.05, $"{memory[200] / 1e6:0} MB became {memory[400] / 1e6:0} MB.");

        async Task Client(int number)
        {
            for (var i = 0; i < RequestsOfEach; i++)
            {
                var seed = (ulong)(number * 100 + i);
                using var response = await http.PostAsJsonAsync(
                    "/api/generations",
                    new
                    {
                        prompt = "a street",
                        num_inference_steps = 2,
                        seed,
                    },
                    Stop
                );
                await server.Done(http, (string)(await RunningStudio.Json(response))["id"]!);
                if (Interlocked.Increment(ref count) is var done and (50 or 200 or 400))
                    lock (memory)
                        memory[done] = server.Memory;
            }
        }
    }

    [Fact]
    public async Task Clients_that_go_away_leave_nothing_behind()
    {
        await using var studio = await RunningStudio.Start(model);
        await studio.Server.ModelOpened;
        var blocker = await studio.GenerateLong();
        for (var i = 0; i < Departures; i++)
        {
            using var leaving = new CancellationTokenSource();
            var path = (i % 2) switch
            {
                0 => $"/api/jobs/{blocker}/events",
                _ => "/api/pictures",
            };
            var call = studio.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            if (i % 4 == 0)
                (await call).Dispose();
            await leaving.CancelAsync();
            await Task.WhenAny(call); // which may have been quicker than the departure
        }
        await studio.PostOk("/api/jobs/stop", new { });
        await studio.End(blocker);
        Assert.DoesNotContain((await studio.Get("/api/jobs")).AsArray(), job => (string)job!["state"]! is "waiting" or "running");
        // All streams are given back: as many as may can be open again.
        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < studio.Options.Limits.EventStreams; i++)
            streams.Add(await studio.Http.GetAsync($"/api/jobs/{blocker}/events", HttpCompletionOption.ResponseHeadersRead, Stop));
        Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));
        streams.ForEach(stream => stream.Dispose());
        Assert.Empty(studio.Log);
    }

    [Fact]
    public async Task A_server_that_is_killed_in_mid_job_loses_no_history_and_goes_on_with_what_waited()
    {
        using var folder = new TempFolder();
        var gallery = folder.File("gallery");
        var (waited, ran) = (new List<string>(), new List<string>());
        for (var i = 0; i < Kills; i++)
        {
            using var server = new KilledServer(model.Path, gallery);
            using var http = await server.Connect();
            foreach (var id in waited)
                await server.Done(http, id);
            foreach (var id in ran)
                Assert.Equal("interrupted", (string)(await End(http, id))["state"]!);
            for (var lane = 0; lane < Math.Min(2, Environment.ProcessorCount); lane++)
                ran.Add(await Post(http, 200, 64));
            waited.Add(await Post(http, 1, 1));
            while ((string)(await Job(http, ran[^1]))["state"]! == "waiting")
                await Task.Delay(10, Stop);
        }
        await using var studio = await RunningStudio.Start(model, gallery: gallery);
        foreach (var id in waited)
            Assert.Equal("done", (string)(await studio.End(id))["state"]!);
        var pictures = (await studio.Get("/api/pictures?count=200")).AsArray();
        foreach (var picture in pictures)
            Assert.NotEmpty(await studio.Http.GetByteArrayAsync((string)picture!["file"]!, Stop));
        Assert.All(waited, id => Assert.Contains(pictures, picture => (string?)picture!["job"] == id));

        static async Task<string> Post(HttpClient http, int steps, int count)
        {
            using var response = await http.PostAsJsonAsync(
                "/api/generations",
                new
                {
                    prompt = "a street",
                    num_inference_steps = steps,
                    num_images_per_prompt = count,
                },
                Stop
            );
            return (string)(await RunningStudio.Json(response))["id"]!;
        }
    }

    private static async Task<JsonNode> End(HttpClient http, string id)
    {
        JsonNode job;
        while ((string)(job = await Job(http, id))["state"]! is "waiting" or "running")
            await Task.Delay(20, Stop);
        return job;
    }

    private static async Task<JsonNode> Job(HttpClient http, string id) =>
        JsonNode.Parse(await http.GetStringAsync($"/api/jobs/{id}", Stop))!;

    private static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true); // gives back what is free
        LargeBlocks.GiveBack(); // and so does the C library
        return Environment.WorkingSet;
    }

    /// <summary>The command in a process of its own, which ends by a kill.</summary>
    private sealed class KilledServer : IDisposable
    {
        private readonly Process _process;
        private readonly ConcurrentQueue<string?> _log = [];

        public KilledServer(string model, string gallery)
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            string[] arguments =
            [
                Path.Combine(AppContext.BaseDirectory, "Lumen.Cli.dll"),
                "studio",
                "--model",
                model,
                "--gallery",
                gallery,
                "--port",
                "0",
                "--dtype",
                "float32",
            ];
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);
            start.Environment["OMP_NUM_THREADS"] = "1";
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data);
            _process.BeginErrorReadLine();
        }

        /// <summary>Bytes that are resident.</summary>
        public long Memory
        {
            get
            {
                _process.Refresh();
                return _process.WorkingSet64;
            }
        }

        /// <summary>A client with the token that the command prints.</summary>
        public async Task<HttpClient> Connect()
        {
            string? address = null;
            while (await _process.StandardOutput.ReadLineAsync(Stop) is { } line)
            {
                if (line.StartsWith("studio ", StringComparison.Ordinal))
                    address = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
                if (!line.StartsWith("api ", StringComparison.Ordinal))
                    continue;
                var http = new HttpClient { BaseAddress = new Uri(address!) };
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", line.Split(' ')[^1]);
                return http;
            }
            await _process.WaitForExitAsync(Stop);
            throw new InvalidOperationException($"The studio did not start: {string.Join('\n', _log)}");
        }

        /// <summary>Waits for a job, which must be done; where it is not, its fault and what the command wrote are said.</summary>
        public async Task Done(HttpClient http, string id)
        {
            var job = await End(http, id);
            Assert.True((string)job["state"]! == "done", $"{job.ToJsonString()}\n{string.Join('\n', _log)}");
        }

        public void Dispose()
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
