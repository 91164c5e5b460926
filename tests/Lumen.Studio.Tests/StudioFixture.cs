using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>The tiny model, written once for all tests.</summary>
public sealed class TinyModel : IDisposable
{
    private readonly TempFolder _folder = new();

    public TinyModel() => Path = TinyModels.Write(_folder.File("tiny"));

    public string Path { get; }

    public void Dispose() => _folder.Dispose();

    /// <summary>A data set of four rendered streets with their labels, depth and normals.</summary>
    public static void WriteStreets(string folder) =>
        SceneDataset.Write(
            new SceneDatasetOptions
            {
                Folder = folder,
                Count = 4,
                Split = SceneSplit.Train,
                Seed = 1,
                Width = TinyModels.Size,
                Height = TinyModels.Size,
                Threads = 1,
            }
        );
}

/// <summary>A studio on a port that is free, in this process, with a client that has its token.</summary>
internal sealed class RunningStudio : IAsyncDisposable
{
    private readonly TempFolder? _folder;
    private readonly List<string> _log;

    private RunningStudio(StudioServer server, TempFolder? folder, string gallery, List<string> log, StudioOptions options) =>
        (Server, _folder, Gallery, _log, Options) = (server, folder, gallery, log, options);

    public StudioServer Server { get; }

    public StudioOptions Options { get; }

    public string Gallery { get; }

    public HttpClient Http { get; } = new();

    public IReadOnlyList<string> Log => _log;

    public static async Task<RunningStudio> Start(
        TinyModel model,
        Func<StudioOptions, StudioOptions>? change = null,
        string? gallery = null
    )
    {
        var folder = gallery is null ? new TempFolder() : null;
        var place = gallery ?? folder!.File("gallery");
        var log = new List<string>();
        var options = new StudioOptions
        {
            Model = model.Path,
            Pipeline = new()
            {
                Device = "cpu",
                Dtype = "float32",
                Threads = 2, // whatever tests that run beside it have told libtorch
            },
            Gallery = place,
            Port = 0,
            Lanes = 1,
            Log = line =>
            {
                lock (log)
                    log.Add(line);
            },
        };
        options = change?.Invoke(options) ?? options;
        var server = await StudioServer.StartAsync(options, TestContext.Current.CancellationToken);
        var studio = new RunningStudio(server, folder, place, log, options);
        studio.Http.BaseAddress = new Uri(server.Address);
        studio.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        return studio;
    }

    public async Task<JsonNode> Get(string path)
    {
        using var response = await Http.GetAsync(path);
        return await Json(response);
    }

    public Task<HttpResponseMessage> Post(string path, object body) => Http.PostAsJsonAsync(path, body);

    public async Task<JsonNode> PostOk(string path, object body)
    {
        using var response = await Post(path, body);
        return await Json(response);
    }

    /// <summary>Queues pictures and answers with the job's id.</summary>
    public async Task<string> Generate(object body) => (string)(await PostOk("/api/generations", body))["id"]!;

    /// <summary>Asks for more than is done while a test runs.</summary>
    public Task<string> GenerateLong() =>
        Generate(
            new
            {
                prompt = "long",
                num_inference_steps = 200,
                num_images_per_prompt = 64,
            }
        );

    /// <summary>Waits until a job is over.</summary>
    public async Task<JsonNode> End(string id)
    {
        for (var i = 0; i < 3000; i++)
        {
            var job = await Get($"/api/jobs/{id}");
            if ((string)job["state"]! is not ("waiting" or "running"))
                return job;
            await Task.Delay(20);
        }
        throw new TimeoutException($"The job {id} did not end within a minute.");
    }

    public async Task<JsonNode> AddReference(int scene = 0, int side = TinyModels.Size)
    {
        using var content = new ByteArrayContent(TinyModels.Scene(scene, side, side).ToPng());
        content.Headers.ContentType = new("image/png");
        using var response = await Http.PostAsync($"/api/references?name=scene-{scene.ToString(CultureInfo.InvariantCulture)}", content);
        return await Json(response);
    }

    public static async Task<JsonNode> Json(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public static async Task<string> Fault(HttpResponseMessage response)
    {
        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return (string)json["detail"]!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        _folder?.Dispose();
    }
}
