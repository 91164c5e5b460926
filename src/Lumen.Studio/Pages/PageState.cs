using System.Security.Cryptography;
using Lumen.Generation;
using Lumen.Studio.Jobs;
using Lumen.Studio.Storage;

namespace Lumen.Studio.Pages;

/// <summary>What one open page works on, whichever of its parts is shown. It begins with the person's last job.</summary>
internal sealed class PageState(StudioService studio)
{
    private readonly List<string> _past = [];
    private int _messages;

    /// <summary>Who the page belongs to, for the fair order.</summary>
    public string Client { get; private set; } = "page";

    /// <summary>The dials.</summary>
    public DialSettings Dials { get; } = new();

    /// <summary>The picture that results take their layout from.</summary>
    public StoredSource? Reference { get; private set; }

    /// <summary>Its layout, or an edit of it.</summary>
    public StoredSource? Layout { get; private set; }

    /// <summary>Why there is no layout, or what is odd about it.</summary>
    public string? LayoutNote { get; private set; }

    /// <summary>Whether a layout is being read.</summary>
    public bool IsExtracting => _extraction is not null;

    /// <summary>The job that the page shows.</summary>
    public Job? Shown { get; set; }

    /// <summary>What went wrong, for people to read.</summary>
    public IReadOnlyList<(int Id, string Text)> Messages => _shownMessages;

    /// <summary>Something has changed.</summary>
    public event Action? Changed;

    private readonly List<(int Id, string Text)> _shownMessages = [];
    private CancellationTokenSource? _extraction;

    /// <summary>Finds the person's last job again.</summary>
    public void Open(string client)
    {
        if (Client == client)
            return;
        Client = client;
        var jobs = studio.Queue.Jobs();
        var own = jobs.Where(job => job.Client == client && job.Request.Kind != JobKind.Augmentation).ToList();
        Shown = own.FirstOrDefault(job => job.Status.State == JobState.Running) ?? own.MaxBy(job => job.Created);
        if (Shown is { } last)
            Use(last.Request);
        _past.AddRange(own.OrderBy(job => job.Created).Select(job => job.Request.Prompt).Distinct());
    }

    /// <summary>What a grid was to vary whose settings were taken over, until the page of grids has them.</summary>
    public GridSettings? Axes { get; set; }

    /// <summary>Takes over what the sheet of a grid was made with; the reference stays.</summary>
    public void Use(GridSettings grid)
    {
        Dials.Take(grid.Prompt, grid.Options);
        (Dials.Width, Dials.Height, Dials.Count) = (grid.Options.Width, grid.Options.Height, 1);
        Axes = grid;
        Changed?.Invoke();
    }

    /// <summary>Takes over what a job was asked for.</summary>
    public void Use(JobRequest request)
    {
        Dials.Take(request.Prompt, request.Options);
        Dials.Adapter = request.Adapter;
        (Dials.Width, Dials.Height, Dials.Count) = (request.Options.Width, request.Options.Height, request.Options.Count);
        Reference = studio.Store.Source(request.Reference, "reference");
        Layout = studio.Store.Source(request.Layout, "layout") ?? (Reference is { } reference ? studio.Store.LayoutOf(reference.Id) : null);
        Changed?.Invoke();
    }

    /// <summary>Takes over what a picture was made with, its seed, size and adapter included; the reference stays.</summary>
    /// <param name="record">What its file says.</param>
    public void Use(GenerationRecord record)
    {
        Dials.Take(record.Prompt, record.Options with { Seed = record.PictureSeed });
        (Dials.Width, Dials.Height, Dials.Count) = (record.Options.Width, record.Options.Height, 1);
        Dials.Adapter = studio.AdapterOf(record, null);
        Changed?.Invoke();
    }

    /// <summary>The same of a picture of the history, whose reference and layout are taken, too.</summary>
    public void Use(GenerationRecord record, StoredPicture picture)
    {
        Use(record);
        Dials.Adapter = studio.AdapterOf(record, picture);
        Reference = studio.Store.Source(picture.Reference, "reference");
        Layout = studio.Store.Source(picture.Layout, "layout") ?? (Reference is { } reference ? studio.Store.LayoutOf(reference.Id) : null);
        Changed?.Invoke();
    }

    /// <summary>Takes a reference, and reads its layout.</summary>
    public async Task Choose(StoredSource? reference)
    {
        StopExtraction();
        (Reference, Layout, LayoutNote) = (reference, null, null);
        Changed?.Invoke();
        if (reference is null)
            return;
        using var extraction = new CancellationTokenSource();
        _extraction = extraction;
        Changed?.Invoke();
        try
        {
            var layout = await studio.ExtractLayout(reference.Id, extraction.Token);
            if (Reference == reference)
                Layout = layout;
            if (await studio.ReferenceWarnings(reference, extraction.Token) is [var warning, ..] && Reference == reference)
                LayoutNote = warning;
        }
        catch (OperationCanceledException)
        {
            if (Reference == reference && Layout is null)
                LayoutNote = "Reading the layout was stopped.";
        }
        catch (LumenException fault)
        {
            LayoutNote = fault.Message;
        }
        finally
        {
            if (_extraction == extraction)
                _extraction = null;
            Changed?.Invoke();
        }
    }

    /// <summary>Stops reading a layout.</summary>
    public void StopExtraction() => _extraction?.Cancel();

    /// <summary>Takes another layout of the same reference, such as an edit.</summary>
    public void Use(StoredSource layout)
    {
        Layout = layout;
        Changed?.Invoke();
    }

    /// <summary>Queues what the page says.</summary>
    /// <param name="x">What the columns of a grid vary.</param>
    /// <param name="y">What its rows vary.</param>
    /// <param name="z">What its sheets vary.</param>
    /// <param name="isByLayout">Whether the layout itself steers, whichever adapter was chosen.</param>
    public void Generate(GridAxis? x = null, GridAxis? y = null, GridAxis? z = null, bool isByLayout = false) =>
        Try(() =>
        {
            if (Dials.IsSeedNew)
                Dials.Seed = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
            if (_past.LastOrDefault() != Dials.Prompt)
                _past.Add(Dials.Prompt);
            var body = Dials.ToBody(Reference?.Id, Layout?.Id) with { X = x, Y = y, Z = z };
            Shown = studio.Generate(Client, isByLayout ? body with { Adapter = null } : body);
        });

    /// <summary>The prompt before the present one.</summary>
    public bool StepBack()
    {
        var at = _past.LastIndexOf(Dials.Prompt);
        var before =
            at > 0 ? _past[at - 1]
            : at < 0 ? _past.LastOrDefault()
            : null;
        if (before is null)
            return false;
        Dials.Prompt = before;
        Changed?.Invoke();
        return true;
    }

    /// <summary>Runs something, and shows what is wrong with it.</summary>
    public void Try(Action act)
    {
        _shownMessages.Clear(); // what went wrong before has been read
        try
        {
            act();
        }
        catch (LumenException fault)
        {
            Say(fault.Message);
        }
        Changed?.Invoke();
    }

    /// <summary>The same of something that takes time.</summary>
    public async Task TryAsync(Func<Task> act)
    {
        _shownMessages.Clear();
        try
        {
            await act();
        }
        catch (LumenException fault)
        {
            Say(fault.Message);
        }
        catch (IOException fault) // a file that is larger than may be sent
        {
            Say(fault.Message);
        }
        Changed?.Invoke();
    }

    /// <summary>Shows a sentence until somebody closes it, or does something else.</summary>
    public void Say(string text)
    {
        _shownMessages.Add((++_messages, text.Replace("`", "", StringComparison.Ordinal)));
        if (_shownMessages.Count > 4)
            _shownMessages.RemoveAt(0);
        Changed?.Invoke();
    }

    /// <summary>Closes all sentences.</summary>
    public void CloseAll()
    {
        _shownMessages.Clear();
        Changed?.Invoke();
    }

    /// <summary>Closes a sentence.</summary>
    public void Close(int message)
    {
        _shownMessages.RemoveAll(one => one.Id == message);
        Changed?.Invoke();
    }
}
