using System.CommandLine;
using System.Text.Json.Nodes;
using Lumen.Hub;

namespace Lumen.Cli;

/// <summary><c>lumen model pull</c>: a model of the hub into its cache.</summary>
internal static class ModelPullCommand
{
    private const string Description = """
        Fetch a model from the hub into its cache, which other tools share. Afterwards ORG/NAME stands for it wherever a path is asked for, without a connection.

        Takes safetensors, JSON, text and the model card; pickles never. A download that was interrupted continues where it stopped. Reads HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE as the hub's own tools do.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var id = new Argument<string>("ORG/NAME[@REVISION]")
        {
            Description = "The model; the revision is a branch, a tag or a commit. Default: @main.",
        };
        var include = new Option<string[]>("--include")
        {
            HelpName = "PATTERN",
            Description =
                "Only files whose path or name fits, such as '*.json'; may be given several times. Default: what is needed to use the "
                + "model.",
        };
        var variant = Flag.Text("--variant", "NAME", "Form of the weights that is preferred, such as fp16. Default: the plain one.");
        var cache = Flag.Text(
            "--cache-dir",
            "DIR",
            "Folder of the cache. Default: HF_HUB_CACHE, or hub in HF_HOME, or ~/.cache/huggingface/hub."
        );
        var endpoint = Flag.Text("--endpoint", "URL", "The hub or a mirror of it. Default: HF_ENDPOINT, or the hub itself.");
        var offline = Flag.Switch("--offline", "No connection: only say where the cache has it.");
        var json = Flag.Switch("--json", "Print the result as JSON.");
        var command = new Command("pull", Description) { id, include, variant, cache, endpoint, offline, json };
        command.SetAction(parsed =>
        {
            var options = HubEnvironment.Read();
            options = options with
            {
                CacheFolder = parsed.GetValue(cache) ?? options.CacheFolder,
                Endpoint = parsed.GetValue(endpoint) is { } address ? HubEnvironment.Endpoint(address, "--endpoint") : options.Endpoint,
                IsOffline = options.IsOffline || parsed.GetValue(offline),
            };
            var text = parsed.GetValue(id)!;
            var model =
                HubId.Parse(text)
                ?? throw new LumenException($"\"{text}\" is not the name of a model of the hub. Expected ORG/NAME or ORG/NAME@REVISION.");
            var pull = new PullOptions { Include = parsed.GetValue(include) ?? [], Variant = parsed.GetValue(variant) };
            var pulled = Pull(terminal, options, model, pull, stop);
            Report(terminal, model, pulled, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static PulledModel Pull(Terminal terminal, HubOptions options, HubId model, PullOptions pull, CancellationToken stop)
    {
        using var bar = new ProgressBar(terminal, "MB");
        return new ModelHub(options)
            .Pull(model, pull, new MegabyteReport<HubProgress>(bar, value => (value.Done, value.Total, value.File)), stop)
            .GetAwaiter()
            .GetResult();
    }

    private static void Report(Terminal terminal, HubId asked, PulledModel pulled, bool isJson)
    {
        if (isJson)
        {
            terminal.Line(
                new JsonObject
                {
                    ["id"] = pulled.Id.ToString(),
                    ["commit"] = pulled.Commit,
                    ["folder"] = pulled.Folder,
                    ["files"] = pulled.Files,
                    ["bytes"] = pulled.Bytes,
                }.ToJsonString()
            );
            return;
        }
        if (pulled.Id.Repository != asked.Repository)
            terminal.Note($"moved    {asked.Repository} is now {pulled.Id.Repository}");
        if (pulled.WasHere)
            terminal.Note(
                $"here     {pulled.Id} at {pulled.Commit[..10]}: all {pulled.Files} files ({pulled.Bytes / 1e6:0.0} MB) were in the "
                    + "cache already and are whole; nothing had to be fetched"
            );
        else if (pulled.Commit.Length > 0)
            terminal.Note($"pulled   {pulled.Id} at {pulled.Commit[..10]}: {pulled.Files} files, {pulled.Bytes / 1e6:0.0} MB");
        terminal.Line($"folder   {pulled.Folder}");
    }
}
